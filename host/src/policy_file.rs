//! The file `plugins.toml`: read at start, and again whenever it changes.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use claudetools_policy::Policy;

use crate::builtin::DEFAULT_POLICY;
use crate::exit::{Exit, Fatal};

/// The most bytes that are read: twice what a policy may have, so that the parser is the one who says so.
const MOST: u64 = 2 << 20;

/// The file that is read where none is named.
pub(crate) const DEFAULT: &str = "plugins.toml";

/// The policy, and the directory that its relative paths start from.
pub struct PolicyFile {
    /// What it says.
    pub policy: Policy,
    /// Its text.
    pub text: String,
    /// The file; `None` for the text that is part of the program.
    pub path: Option<PathBuf>,
    /// Where it lies, or would lie.
    pub base: PathBuf,
}

/// Reads the policy: the file named, else `plugins.toml` of the working directory, else the built-in text.
pub fn policy(file: Option<&Path>) -> Result<PolicyFile, Fatal> {
    let path = file.unwrap_or(Path::new(DEFAULT));
    let (text, found) = match text(path) {
        Ok(text) => (text, Some(path.to_owned())),
        Err(error) if file.is_none() && error.kind() == ErrorKind::NotFound => (DEFAULT_POLICY.to_owned(), None),
        Err(error) => {
            let message = format!("the policy {} can't be read ({error}); name another with --policy", path.display());
            return Err(Fatal::new(Exit::Config, message));
        }
    };
    let policy = Policy::parse(&text).map_err(Fatal::of(Exit::Config))?;
    let base = path.parent().filter(|base| !base.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(PolicyFile { policy, text, path: found, base: base.to_owned() })
}

/// The text of a policy. Whatever is no regular file is refused: opening a FIFO would wait for ever.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}
