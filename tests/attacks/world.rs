//! What no attack may touch: files outside every root, protected ones, and those that a row names.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::SystemTime;

use claudetools_tests::company::Places;

use crate::check::Check;

/// Where the canaries lie.
pub const CANARIES: [&str; 4] = ["outside/canary.txt", "vault/secret.txt", "repo/.git/config", "repo/.env"];

/// A file as it is: its bytes, when they were written, and which file it is. `None` where there is none.
type Print = Option<(Vec<u8>, SystemTime, u64)>;

/// The files as they were before the attack.
pub struct World {
    before: Vec<(String, Print)>,
    absent: Vec<String>,
}

impl World {
    /// Remembers the canaries and the files of the repository that must stay `unchanged` or `absent`.
    pub fn before(places: &Places, unchanged: &[String], absent: &[String]) -> Self {
        let named = unchanged.iter().map(|path| format!("repo/{path}"));
        let all = CANARIES.iter().map(|path| (*path).to_owned()).chain(named);
        let before = all.map(|path| (path.clone(), print(&places.path(&path)))).collect();
        Self { before, absent: absent.to_vec() }
    }

    /// Compares.
    pub fn check(&self, places: &Places) -> Check {
        if let Some((path, _)) = self.before.iter().find(|(path, before)| print(&places.path(path)) != *before) {
            return Err(format!("{path} was changed"));
        }
        let outside = std::fs::read_dir(places.path("outside")).map(Iterator::count).unwrap_or_default();
        if outside != 1 {
            return Err("something was made outside every root".into());
        }
        match self.absent.iter().find(|path| places.path("repo").join(path).symlink_metadata().is_ok()) {
            Some(path) => Err(format!("{path} was made")),
            None => Ok(()),
        }
    }
}

fn print(path: &Path) -> Print {
    let meta = path.symlink_metadata().ok()?;
    Some((std::fs::read(path).ok()?, meta.modified().ok()?, meta.ino()))
}
