//! The copy of the checkout that is sabotaged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::table::Sabotage;
use crate::guests::{cargo, root, write_if_other};

const VARIABLE: &str = "CLAUDETOOLS_SABOTAGE";

/// A copy below `target`, with a target directory of its own. It is kept, so that the next run builds little.
pub struct Copy {
    root: PathBuf,
    switch: PathBuf,
}

impl Copy {
    /// Copies what git knows and the guests that are built, with these sabotages in it.
    pub fn make(sabotages: &[Sabotage]) -> Result<Self> {
        let copy = root().join("target/sabotage");
        let this = Self { switch: copy.join("switched-on"), root: copy };
        let mut files = this.files()?;
        let mut edits: Vec<_> =
            sabotages.iter().flat_map(|one| one.edits.iter().map(|edit| (&one.name, edit))).collect();
        // What holds another place is changed before it.
        edits.sort_by_key(|(_, edit)| std::cmp::Reverse(edit.find.len()));
        for (name, edit) in edits {
            let source = files.get_mut(Path::new(&edit.file)).context("a sabotage of a file that is not there")?;
            let text = String::from_utf8(std::mem::take(source))?;
            *source = edit.made_in(&text, &this.switch_of(name)).with_context(|| name.clone())?.into_bytes();
        }
        this.forget_others(&files)?;
        this.share_dependencies()?;
        files.iter().try_for_each(|(path, bytes)| write_if_other(&this.root.join(path), bytes))?;
        Ok(this)
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A cargo in it. What it builds is run once, and takes as little room as can be.
    pub fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root).envs([("CARGO_INCREMENTAL", "0"), ("CARGO_PROFILE_DEV_DEBUG", "0")]);
        command
    }

    /// From here on the program that is started next is sabotaged in this way; in none where the name is empty.
    pub fn switch_on(&self, name: &str) -> Result<()> {
        Ok(std::fs::write(&self.switch, name)?)
    }

    /// The variable of the environment that says the same to a program: what it does in a jail can't read the file.
    pub fn variable(&self) -> Result<(&'static str, String)> {
        Ok((VARIABLE, std::fs::read_to_string(&self.switch)?))
    }

    /// An expression that is true where this sabotage is switched on. Asked for once in each process; those that get no
    /// environment read the file.
    fn switch_of(&self, name: &str) -> String {
        let file = self.switch.display();
        format!(
            "(*{{ static ON: ::std::sync::OnceLock<bool> = ::std::sync::OnceLock::new(); ON.get_or_init(|| \
             ::std::env::var(\"{VARIABLE}\").or_else(|_| ::std::fs::read_to_string(\"{file}\"))\
             .is_ok_and(|on| on == \"{name}\")) }})"
        )
    }

    /// What belongs to the copy, by its path.
    fn files(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
        let listed =
            Command::new("git").current_dir(root()).args(["ls-files", "-co", "--exclude-standard"]).output()?;
        if !listed.status.success() {
            bail!("git can't list the files of the checkout; expected a clone of the repository");
        }
        let listed = String::from_utf8(listed.stdout)?;
        let guests = std::fs::read_dir(root().join("target/guests")).context("run `cargo xtask guests` first")?;
        let guests = guests.flatten().map(|entry| Path::new("target/guests").join(entry.file_name()));
        let all = listed.lines().map(PathBuf::from).chain(guests);
        let there = all.filter(|path| root().join(path).is_file());
        there.map(|path| Ok((path.clone(), std::fs::read(root().join(path))?))).collect()
    }

    /// Links what is built of other people's crates into a target directory that is new: none of it is changed.
    fn share_dependencies(&self) -> Result<()> {
        let (from, to) = (root().join("target/debug"), self.root.join("target/debug"));
        if to.exists() {
            return Ok(());
        }
        for part in [".fingerprint", "build", "deps"] {
            let entries =
                std::fs::read_dir(from.join(part)).with_context(|| format!("there is no target/debug/{part}"))?;
            let of_others = entries.flatten().map(|entry| entry.path()).filter(|path| !is_ours(path));
            std::fs::create_dir_all(to.join(part))?;
            let mut link = Command::new("cp");
            link.args(["--archive", "--link", "--target-directory"]).arg(to.join(part)).args(of_others);
            if !link.status().context("`cp` of coreutils is missing")?.success() {
                bail!("target/debug/{part} can't be linked into the copy");
            }
        }
        Ok(())
    }

    /// Removes sources that are not among these: cargo finds some by looking.
    fn forget_others(&self, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
        for top in ["host", "plugins", "tests", "wit"] {
            self.forget_below(&self.root.join(top), files)?;
        }
        Ok(())
    }

    fn forget_below(&self, directory: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.forget_below(&path, files)?;
            } else if !files.contains_key(path.strip_prefix(&self.root)?) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Whether a crate of ours may be built into this: into what has our name, and into programs and lists of sources.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_library = ["rlib", "rmeta", "so"].iter().any(|kind| name.ends_with(kind));
    name.trim_start_matches("lib").starts_with("claudetools") || path.is_file() && !is_library
}
