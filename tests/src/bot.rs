//! The real program as a child process, with settings of its own and none of the machine's.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use claudetools_support::anthropic::{FakeAnthropic, KEY};
use claudetools_support::discord::{FakeDiscord, GUILD, State, TOKEN};

use crate::built::program;
use crate::company::Places;

/// How long the program may take for anything before a test counts it as hanging.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a [`Bot`] is started with: the places of a company, the policy of this repository, and nothing else.
pub struct Setup {
    variables: Vec<(String, String)>,
    directory: PathBuf,
}

impl Setup {
    /// Settings that point at these places; no token and no key.
    pub fn new(places: &Places) -> Self {
        let variables = [
            ("CLAUDETOOLS_ROOT", places.path("repo")),
            ("VAULT_PATH", places.path("vault")),
            ("CLAUDETOOLS_DATA_DIR", places.path("data")),
        ];
        let variables = variables.map(|(name, path)| (name.to_owned(), path.to_string_lossy().into_owned()));
        Self { variables: variables.to_vec(), directory: places.path("base") }
    }

    /// The same between two fakes; no title is made by a model.
    pub fn between(places: &Places, discord: &FakeDiscord, model: &FakeAnthropic) -> Self {
        Self::new(places)
            .with("DISCORD_TOKEN", TOKEN)
            .with("DISCORD_API_BASE", &discord.api_base)
            .with("DISCORD_GUILD_ID", GUILD)
            .with("ANTHROPIC_API_KEY", KEY)
            .with("ANTHROPIC_BASE_URL", &model.base_url)
            .with("CLAUDETOOLS_DIALECT", "anthropic")
            .with("CLAUDETOOLS_TITLE_MODEL", "off")
    }

    /// Starts the program, and waits until it is connected to this Discord and has caught up.
    pub async fn start_online(&self, discord: &FakeDiscord) -> std::io::Result<Bot> {
        let before = discord.see(State::identifies);
        let bot = self.start(&["run"])?;
        let ready = |state: &State| state.identifies() > before && state.presence["status"] == "online";
        discord.wait_for("the bot to be online", PATIENCE, |state| ready(state).then_some(())).await;
        Ok(bot)
    }

    /// With this variable set, or replaced.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.retain(|(there, _)| there != name);
        self.variables.push((name.to_owned(), value.to_string()));
        self
    }

    /// Without this variable.
    pub fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(there, _)| there != name);
        self
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> std::io::Result<Output> {
        self.command(arguments).stdin(Stdio::null()).output()
    }

    /// Runs the program to its end for a person at a terminal, who types this line.
    pub fn run_typed(&self, arguments: &[&str], line: &str) -> std::io::Result<Output> {
        let terminal = nix::pty::openpty(None, None)?;
        // Open until the program has ended: a terminal that hangs up ends what is read from it.
        let mut keyboard = std::fs::File::from(terminal.master);
        keyboard.write_all(format!("{line}\n").as_bytes())?;
        self.command(arguments).stdin(terminal.slave).output()
    }

    /// Runs another program to its end, in the same directory and with the same settings.
    #[expect(clippy::disallowed_methods, reason = "a test starts what uses the program")]
    pub fn run_program(&self, program: &Path, arguments: &[&str]) -> std::io::Result<Output> {
        self.prepared(Command::new(program), arguments).stdin(Stdio::null()).output()
    }

    /// Runs the program to its end as a shell does after `prelude`, such as a `ulimit`.
    pub fn run_after(&self, prelude: &str, arguments: &[&str]) -> std::io::Result<Output> {
        self.shell(prelude, arguments).stdin(Stdio::null()).output()
    }

    /// Starts the program and leaves it running.
    pub fn start(&self, arguments: &[&str]) -> std::io::Result<Bot> {
        Self::spawn(self.command(arguments))
    }

    /// Starts the program as a shell does after `prelude`.
    pub fn start_after(&self, prelude: &str, arguments: &[&str]) -> std::io::Result<Bot> {
        Self::spawn(self.shell(prelude, arguments))
    }

    fn spawn(mut command: Command) -> std::io::Result<Bot> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (sender, lines) = mpsc::channel();
        for stream in [child.stdout.take().map(boxed), child.stderr.take().map(boxed)].into_iter().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    // The test may have ended.
                    let _ = sender.send(line);
                }
            });
        }
        Ok(Bot { child, lines, seen: Vec::new() })
    }

    #[expect(clippy::disallowed_methods, reason = "a test starts the program it tests")]
    fn command(&self, arguments: &[&str]) -> Command {
        self.prepared(Command::new(program()), arguments)
    }

    #[expect(clippy::disallowed_methods, reason = "a test starts the program it tests")]
    fn shell(&self, prelude: &str, arguments: &[&str]) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(format!("{prelude}; exec \"$0\" \"$@\"")).arg(program());
        self.prepared(shell, arguments)
    }

    fn prepared(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).env_clear().envs(self.variables.clone()).env("RUST_BACKTRACE", "1");
        command.current_dir(&self.directory);
        command
    }
}

fn boxed(stream: impl std::io::Read + Send + 'static) -> Box<dyn std::io::Read + Send> {
    Box::new(stream)
}

/// A running program. It is killed when this is dropped.
pub struct Bot {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Bot {
    /// Waits for a line of stdout or stderr that holds `text`, and answers it.
    ///
    /// # Panics
    ///
    /// When it does not come, with everything that did.
    pub fn line_with(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
        panic!("no line with `{text}` came; these did:\n{}", self.seen.join("\n"))
    }

    /// Everything it said so far.
    pub fn said(&mut self) -> String {
        self.seen.extend(self.lines.try_iter());
        self.seen.join("\n")
    }

    /// Waits until the console is open, and answers its URL with the token.
    pub fn console(&mut self) -> String {
        let line = self.line_with("Console: ");
        line.trim_start_matches("Console: ").to_owned()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        assert!(killed.is_ok(), "the program could not be killed");
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A number of `/proc/ID/status`, such as `VmRSS` in KiB; 0 where it is gone.
    pub fn status(&self, key: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).unwrap_or_default();
        line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
    }

    /// Waits for the end of the program, and answers its exit code and everything it said since the last look.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                let said: Vec<String> = self.lines.iter().collect();
                return (status.code(), said.join("\n"));
            }
            assert!(Instant::now() < deadline, "the program does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            self.seen.extend(self.lines.try_iter());
            eprintln!("the program said:\n{}", self.seen.join("\n"));
        }
    }
}
