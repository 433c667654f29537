//! Prepares the repository and the plugins of a row.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use claudetools_tests::built::guest;
use claudetools_tests::company::{Places, approval};

use crate::row::{Row, Setup, Tamper};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const GUESTS: [&str; 5] = ["echo", "evil-fs", "evil-import", "evil-mem", "evil-talk"];

/// Puts the components into place, tampers with one, and gives the policy with every approval.
pub fn policy(places: &Places, tamper: Option<&Tamper>) -> Result<String> {
    let mut policy = include_str!("policy.toml").to_owned();
    for name in GUESTS {
        let bytes = guest(name);
        let file = places.path(&format!("base/plugins/{name}.wasm"));
        std::fs::write(&file, &bytes)?;
        let with = tamper.filter(|tamper| tamper.plugin == name).map(|tamper| tamper.with.as_str());
        if with != Some("no-approval") {
            policy.push_str(&approval(&bytes));
        }
        if let Some(with) = with {
            tamper_with(&file, bytes, with)?;
        }
    }
    Ok(policy)
}

fn tamper_with(file: &Path, mut bytes: Vec<u8>, with: &str) -> Result<()> {
    match with {
        "no-approval" => {}
        "one-byte" => {
            // The last byte belongs to the producers' section: the component stays valid.
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            std::fs::write(file, bytes)?;
        }
        "twin" => {
            let twin = file.with_file_name("twin.wasm");
            std::fs::write(twin, bytes)?;
        }
        "not-a-component" => std::fs::write(file, b"\0asm\x01\0\0\0")?,
        "fifo" => {
            std::fs::remove_file(file)?;
            make_fifo(file)?;
        }
        other => return Err(format!("there is no way to tamper called {other}").into()),
    }
    Ok(())
}

/// Prepares the repository. What it returns keeps something going until it is dropped.
pub fn repository(places: &Places, row: &Row) -> Result<Vec<Flip>> {
    for dir in &row.dirs {
        std::fs::create_dir_all(places.path("repo").join(dir))?;
    }
    let all = row.setup.iter().chain(&row.control.setup);
    all.filter_map(|setup| one(places, setup).transpose()).collect()
}

fn one(places: &Places, setup: &Setup) -> Result<Option<Flip>> {
    let repo = places.path("repo");
    let to = setup.to.as_deref().unwrap_or_default().replace("{outside}", &places.path("outside").to_string_lossy());
    if let Some(link) = &setup.symlink {
        symlink(&to, repo.join(link))?;
    }
    if let Some(link) = &setup.hardlink {
        std::fs::hard_link(&to, repo.join(link))?;
    }
    if let Some(fifo) = &setup.fifo {
        make_fifo(&repo.join(fifo))?;
    }
    if let Some(socket) = &setup.socket {
        drop(std::os::unix::net::UnixListener::bind(repo.join(socket))?);
    }
    if let Some(sparse) = &setup.sparse {
        std::fs::File::create(repo.join(sparse))?.set_len(setup.bytes.unwrap_or_default())?;
    }
    Ok(setup.flip.as_ref().map(|flip| Flip::start(repo.join(flip), to.into())))
}

fn make_fifo(path: &Path) -> Result<()> {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    Ok(mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0)?)
}

/// A name that changes between a file and a link, as fast as it can, until this is dropped.
pub struct Flip {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Flip {
    fn start(path: PathBuf, target: PathBuf) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&done);
        let (file, link) = (path.with_extension("file"), path.with_extension("link"));
        let thread = std::thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                let turned = std::fs::write(&file, "harmless").and_then(|()| std::fs::rename(&file, &path));
                let back = symlink(&target, &link).and_then(|()| std::fs::rename(&link, &path));
                assert!(turned.is_ok() && back.is_ok(), "the name could not be flipped");
            }
        });
        Self { done, thread: Some(thread) }
    }
}

impl Drop for Flip {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(matches!(ended, Some(Ok(()))), "the thread that flips a name panicked");
    }
}
