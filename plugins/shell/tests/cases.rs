//! Scripts of our own beside what bash made of them.
//!
//! A case is `=== what it shows`, the script, `--- exit code`, the standard output.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use shell::{Files, Run, Sink, run};

/// Keeps the standard output.
#[derive(Default)]
struct Kept(Mutex<Vec<u8>>);

impl Sink for Kept {
    fn stdout(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
    }

    fn stderr(&self, _bytes: &[u8]) {}
}

/// What our shell makes of a script in an empty directory: exit code and standard output. Without optimisation the
/// interpreter needs more stack than a test has.
fn ours(script: &str) -> String {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, || run_one(script));
        thread.unwrap().join().unwrap()
    })
}

fn run_one(script: &str) -> String {
    let kept = Kept::default();
    let request = Run { script, directory: Path::new("/tmp"), timeout: Duration::from_secs(60), together: false };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let ended = runtime.block_on(run(&request, Files::new(Path::new("/nowhere")), &kept));
    let stdout = kept.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    format!("{}\n{}", ended.status, String::from_utf8_lossy(&stdout))
}

/// The cases of a file in which ours is not as bash's, by title, and how many there are.
fn different(cases: &str) -> (BTreeMap<&str, String>, usize) {
    let mut different = BTreeMap::new();
    let cases: Vec<_> = cases.split("=== ").skip(1).collect();
    for case in &cases {
        let (title, rest) = case.split_once('\n').unwrap();
        let (script, wanted) = rest.split_once("--- ").unwrap();
        let got = ours(script);
        if got != wanted {
            different.insert(title, format!("=== {title}\n{script}--- bash: {wanted}--- ours: {got}"));
        }
    }
    (different, cases.len())
}

/// Runs every case of a file, and shows all that differ at once.
fn compare(cases: &str) {
    let (different, _) = different(cases);
    let shown: Vec<_> = different.values().map(String::as_str).collect();
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), shown.join("\n"));
}

#[test]
fn the_language_is_bashs() {
    compare(include_str!("cases/language.txt"));
}

#[test]
fn the_userland_is_the_usual_one() {
    compare(include_str!("cases/userland.txt"));
}

/// Faults of the interpreter's userland that are not mended. One that is right now belongs into `userland.txt`.
#[test]
fn what_is_known_to_be_wrong_is_wrong() {
    let (different, all) = different(include_str!("cases/wrong.txt"));
    assert_eq!(different.len(), all, "still wrong: {:?}", different.keys());
}
