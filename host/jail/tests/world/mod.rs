//! What the tests of the jail share: places, programs, and running one to its end.

#![expect(dead_code, reason = "every test file uses some of it")]

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use claudetools_jail::{Access, Ending, Jail, JailError, Place, Program, Running};
use sha2::{Digest, Sha256};

/// A repository and a scratch directory, and the jail that shows both.
pub struct World {
    pub dir: tempfile::TempDir,
    pub jail: Jail,
}

/// What came of a program.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub ending: Ending,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Outcome {
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str, access| {
            std::fs::create_dir(dir.path().join(name)).unwrap();
            let (guest, host) = (Path::new("/").join(name), dir.path().join(name));
            Place { guest, host, access, hidden: Vec::new() }
        };
        let places = vec![place("repo", Access::Read), place("scratch", Access::Write)];
        let env = [("PATH", "/usr/bin:/bin"), ("HOME", "/scratch")].map(|(name, value)| (name.into(), value.into()));
        let jail = Jail { places, env: env.to_vec(), ..Jail::default() };
        Self { dir, jail }
    }

    /// A path of the host, below both places.
    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// A file, with the directories that lead to it.
    pub fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn hide(&mut self, path: &str) {
        self.jail.places[0].hidden.push(path.into());
    }

    /// Starts a script of the shell.
    pub fn start(&self, script: &str) -> Running {
        self.jail.start(&shell(), &words(&["-c", script]), Path::new("/scratch"), Vec::new()).unwrap()
    }

    /// Runs a script of the shell to its end.
    pub fn run(&self, script: &str) -> Outcome {
        outcome(self.start(script))
    }

    /// Runs a program to its end.
    pub fn program(&self, program: &Path, args: &[&str]) -> Outcome {
        outcome(self.jail.start(&approved(program), &words(args), Path::new("/"), Vec::new()).unwrap())
    }

    /// Tries to start a program that must be refused.
    pub fn refusal(&self, program: &Program) -> JailError {
        self.jail.start(program, &[], Path::new("/"), Vec::new()).unwrap_err()
    }
}

pub fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// Reads everything, then waits for the end.
pub fn outcome(mut running: Running) -> Outcome {
    let (mut stdout, mut stderr) = (running.stdout.take().unwrap(), running.stderr.take().unwrap());
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut bytes = Vec::new();
    stdout.read_to_end(&mut bytes).unwrap();
    Outcome { ending: running.wait(), stdout: bytes, stderr: errors.join().unwrap() }
}

pub fn digest(path: &Path) -> [u8; 32] {
    Sha256::digest(std::fs::read(path).unwrap()).into()
}

/// A program as it is.
pub fn approved(path: &Path) -> Program {
    Program { path: path.to_owned(), sha256: digest(path) }
}

/// The machine's shell, by the path of the file itself.
pub fn shell() -> Program {
    static SHELL: OnceLock<Program> = OnceLock::new();
    SHELL.get_or_init(|| approved(&Path::new("/bin/sh").canonicalize().unwrap())).clone()
}

/// Compiles a program of `tests/programs`, once for all tests of a run.
pub fn compiled(name: &str) -> PathBuf {
    static DIR: Mutex<Option<tempfile::TempDir>> = Mutex::new(None);
    let mut dir = DIR.lock().unwrap();
    let out = dir.get_or_insert_with(|| tempfile::tempdir().unwrap()).path().join(name);
    if !out.exists() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(format!("{name}.c"));
        let status = Command::new("gcc").arg("-O1").arg("-o").arg(&out).arg(&source).status().unwrap();
        assert!(status.success(), "gcc could not compile {}", source.display());
    }
    out
}

/// Runs a program without a jail: what it can do there is what the jail takes away.
pub fn unjailed(program: &Path, args: &[&str]) -> String {
    let done = Command::new(program).args(args).output().unwrap();
    String::from_utf8(done.stdout).unwrap()
}

pub fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Waits for something that happens soon.
pub fn soon(what: impl Fn() -> bool) -> bool {
    (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        what()
    })
}

/// Runs this test program once more as an ordinary user, where this is root's run; says how it went.
pub fn as_an_ordinary_user() {
    const AGAIN: &str = "JAIL_TESTS_AS_NOBODY";
    if !rustix::process::geteuid().is_root() {
        return;
    }
    assert!(std::env::var_os(AGAIN).is_none(), "setpriv did not change the user");
    let home = tempfile::tempdir().unwrap();
    set_mode(home.path(), 0o777);
    let done = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(std::env::current_exe().unwrap())
        .args(["--test-threads=4"])
        .env(AGAIN, "1")
        .env("TMPDIR", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "as an ordinary user:\n{said}");
}
