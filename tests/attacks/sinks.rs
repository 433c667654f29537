//! Every place where a secret could turn up, and every form in which it could.

use std::io::Write;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use claudetools_tests::company::{CANARY, Places};

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
/// where it was not put.
pub fn check(places: &Places, texts: &[String]) -> Check {
    let found = |name: &str, bytes: &[u8]| match FORMS.find(bytes) {
        Some(form) => Err(format!("the canary stands in {name} as {}", String::from_utf8_lossy(&bytes[form.range()]))),
        None => Ok(()),
    };
    for text in texts {
        found("what the call gave back", text.as_bytes())?;
    }
    found("the log", &logged())?;
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

static FORMS: LazyLock<AhoCorasick> = LazyLock::new(|| match AhoCorasick::new(forms(CANARY.trim_end())) {
    Ok(forms) => forms,
    Err(error) => panic!("the forms of the canary can't be looked for: {error}"),
});

/// A secret as it is, in hexadecimal, percent-encoded, as JSON escapes, and the middle of it in base64, whatever stands before.
fn forms(secret: &str) -> Vec<String> {
    let each = |form: &dyn Fn(u8) -> String| secret.bytes().map(form).collect::<String>();
    let mut forms = vec![
        secret.to_owned(),
        secret.replace('-', "%2D"),
        each(&|byte| format!("{byte:02x}")),
        each(&|byte| format!("{byte:02X}")),
        each(&|byte| format!("%{byte:02X}")),
        each(&|byte| format!("%{byte:02x}")),
        each(&|byte| format!("\\u{byte:04x}")),
    ];
    for offset in 0..3 {
        let text = format!("{}{secret}", &"..."[..offset]);
        let (first, behind) = ((offset * 8).div_ceil(6), text.len() * 8 / 6);
        forms.extend([STANDARD.encode(&text), URL_SAFE.encode(&text)].map(|text| text[first..behind].to_owned()));
    }
    forms
}

/// Every regular file of up to 64 MiB below a directory; links are not followed.
fn files(below: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(below).into_iter().flatten().flatten();
    let found = entries.flat_map(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => files(&entry.path()),
        Ok(meta) if meta.is_file() && (1..64 << 20).contains(&meta.len()) => vec![entry.path()],
        _ => Vec::new(),
    });
    found.collect()
}
