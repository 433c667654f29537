//! Every place where a secret could turn up, and every form in which it could.

use std::io::Write;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Mutex;

use claudetools_tests::canary::{self, files};
use claudetools_tests::company::Places;

use crate::check::Check;
use crate::world::CANARIES;

/// What was logged, and what panics said, since it was last looked at.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Begins to keep what is logged, at every level, and what panics say.
pub fn listen() {
    let levels = tracing_subscriber::EnvFilter::new("info,claudetools=trace");
    tracing_subscriber::fmt().with_env_filter(levels).with_writer(|| Sink).with_ansi(false).init();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // A sink that can't be written to is a panic of its own.
        let _ = writeln!(Sink, "{panic}");
        before(panic);
    }));
}

/// Takes what was logged.
pub fn logged() -> Vec<u8> {
    std::mem::take(&mut *LOG.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// The canary stands in none of these texts, in no log, in no page of the ledger, and in no file of the repository
/// where it was not put. The log holds what it must.
pub fn check(places: &Places, texts: &[String], in_log: &[String]) -> Check {
    let found = |name: &str, bytes: &[u8]| match canary::found(bytes) {
        Some(form) => Err(format!("the canary stands in {name} as {form}")),
        None => Ok(()),
    };
    for text in texts {
        found("what the call gave back", text.as_bytes())?;
    }
    let log = logged();
    found("the log", &log)?;
    let log = String::from_utf8_lossy(&log);
    if let Some(missing) = in_log.iter().find(|part| !log.contains(part.as_str())) {
        return Err(format!("the log lacks {missing:?}"));
    }
    // A hard link to a canary is the canary.
    let homes = CANARIES.map(|path| places.path(path).metadata().map_or(0, |meta| meta.ino()));
    for file in files(&places.path("data")).into_iter().chain(files(&places.path("repo"))) {
        if !homes.contains(&file.metadata().map_or(0, |meta| meta.ino()))
            && let Ok(bytes) = std::fs::read(&file)
        {
            found(&file.display().to_string(), &bytes)?;
        }
    }
    Ok(())
}
