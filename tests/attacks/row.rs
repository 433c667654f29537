//! The rows of `attacks.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// Calls of tools.
    pub attack: Vec<Row>,
    /// Texts of `plugins.toml`.
    pub policy: Vec<PolicyRow>,
    /// Whole turns of a model that does what an injected text says.
    pub turn: Vec<TurnRow>,
    /// Locked versions.
    pub lock: Vec<LockRow>,
    /// Attacks that another test makes.
    pub elsewhere: Vec<Elsewhere>,
}

/// A row as it is asked for: what stands in the page, whatever came of it.
#[derive(Clone)]
pub struct Asked {
    pub id: String,
    pub what: String,
    pub expected: String,
}

/// An attack that a test of another file makes.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    pub id: String,
    pub what: String,
    /// A file below the checkout.
    pub file: String,
    /// A function in it.
    pub test: String,
}

/// One attack through calls of a tool.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub id: String,
    pub what: String,
    #[serde(default)]
    pub setup: Vec<Setup>,
    /// Directories that are made below the repository first.
    #[serde(default)]
    pub dirs: Vec<String>,
    pub tamper: Option<Tamper>,
    /// Components that are made for this row and dropped.
    #[serde(default)]
    pub components: Vec<Made>,
    /// Tables that are laid over `policy.toml`.
    #[serde(default)]
    pub policy: toml::Table,
    /// Calls that are made before, and must succeed.
    #[serde(default)]
    pub first: Vec<Legal>,
    /// Tables that are laid over `plugins.toml` then, while everything runs.
    #[serde(default)]
    pub edit: toml::Table,
    /// What the operator must be told of the edit.
    pub notice: Option<String>,
    /// The vault is this directory of the machine; everything else lies on the disk instead of in `/dev/shm` then.
    pub vault: Option<String>,
    /// Components lie in the repository, in `plugins/`.
    #[serde(default)]
    pub plugins_in_repo: bool,
    /// Nothing can be written to the audit any more.
    #[serde(default)]
    pub audit_full: bool,
    /// Which plugin the tool belongs to, for readers.
    #[serde(default = "evil_fs", rename = "plugin")]
    pub _plugin: String,
    pub tool: String,
    #[serde(default = "thread")]
    pub thread: String,
    pub input: Option<toml::Value>,
    #[serde(default)]
    pub inputs: Vec<toml::Value>,
    /// Input as JSON text.
    #[serde(default)]
    pub raws: Vec<String>,
    #[serde(default = "once")]
    pub repeat: u32,
    #[serde(default = "tech")]
    pub roles: Vec<String>,
    /// `ok`, `error` (without a code), a code, or several of them with ` or ` between.
    pub expect: String,
    /// The code for which a plugin is in quarantine.
    pub reason: Option<String>,
    /// What is said with it: which of several checks it was.
    #[serde(default)]
    pub because: String,
    #[serde(default)]
    pub text: Vec<String>,
    #[serde(default)]
    pub never: Vec<String>,
    /// What must not stand in the line that people see.
    #[serde(default)]
    pub never_in_line: Vec<String>,
    /// What at least one of several answers must hold.
    #[serde(default)]
    pub sometimes: Vec<String>,
    /// The names that are resolved meanwhile, in order: none, unless it says so.
    #[serde(default)]
    pub asked: Vec<String>,
    /// The requests that reach the server meanwhile, in order: none, unless it says so.
    #[serde(default)]
    pub arrived: Vec<String>,
    /// Requests that may reach it, as far as they were sent before they were ended.
    #[serde(default)]
    pub may_arrive: Vec<String>,
    /// What the audit's row of the call must hold.
    #[serde(default)]
    pub audited: Vec<String>,
    /// What the log must hold then.
    #[serde(default)]
    pub logged: Vec<String>,
    /// A legal call that is made meanwhile, and must have its answer before the attack has ended.
    pub beside: Option<Legal>,
    /// Files of the repository that must be what they were.
    #[serde(default)]
    pub unchanged: Vec<String>,
    /// Files of the repository that must not be there.
    #[serde(default)]
    pub absent: Vec<String>,
    pub control: Legal,
}

/// A legal call: it must succeed, and its answer hold this text.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Legal {
    #[serde(default)]
    pub setup: Vec<Setup>,
    #[serde(default = "evil_fs", rename = "plugin")]
    pub _plugin: String,
    pub tool: String,
    #[serde(default = "thread")]
    pub thread: String,
    #[serde(default = "tech")]
    pub roles: Vec<String>,
    pub input: toml::Value,
    pub text: String,
}

/// One thing that is prepared below the repository.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    pub file: Option<String>,
    pub text: Option<String>,
    /// The file may be executed.
    #[serde(default)]
    pub executable: bool,
    pub symlink: Option<String>,
    pub hardlink: Option<String>,
    pub flip: Option<String>,
    /// The place is a directory when it is no link.
    #[serde(default)]
    pub directory: bool,
    pub to: Option<String>,
    pub fifo: Option<String>,
    pub socket: Option<String>,
    pub sparse: Option<String>,
    pub bytes: Option<u64>,
    /// A directory with `count` empty files.
    pub many: Option<String>,
    pub count: Option<u32>,
}

/// What is done to a component after its approval.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tamper {
    pub plugin: String,
    pub with: String,
}

/// A component out of the parts in `guests/evil-abi`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// The core module.
    #[serde(default = "answer")]
    pub core: String,
    /// Which contract it is made for: `plugin`, or one that is nearly that.
    #[serde(default = "plugin")]
    pub contract: String,
    /// What of `manifest.toml` is replaced by what.
    #[serde(default)]
    pub manifest: BTreeMap<String, String>,
    /// The version that was approved.
    pub before: Option<Box<Made>>,
    /// Which digests of the approval are those of that version. The others fit what is dropped.
    #[serde(default)]
    pub outdated: Vec<String>,
}

/// One text of `plugins.toml` that can't be used.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRow {
    pub id: String,
    pub what: String,
    /// Stands before the policy that works.
    #[serde(default)]
    pub before: String,
    /// Stands behind it; `{pad}` is fifty megabytes.
    #[serde(default)]
    pub after: String,
    /// What of the policy that works is replaced by what.
    pub replace: Option<[String; 2]>,
    /// What the error says.
    pub says: Vec<String>,
}

/// One turn of a model that was talked into something.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnRow {
    pub id: String,
    pub what: String,
    #[serde(default)]
    pub setup: Vec<Setup>,
    /// What the model does, reply by reply; then it says that it is done.
    #[serde(default)]
    pub replies: Vec<Say>,
    /// It repeats the last reply for ever.
    #[serde(default)]
    pub endless: bool,
    pub expect: String,
    /// What the person must be told.
    #[serde(default)]
    pub told: Vec<String>,
    #[serde(default)]
    pub never: Vec<String>,
    /// What the first request to the model must hold.
    #[serde(default)]
    pub sent: Vec<String>,
    /// What no request to the model may hold.
    #[serde(default)]
    pub never_sent: Vec<String>,
    #[serde(default)]
    pub unchanged: Vec<String>,
    #[serde(default)]
    pub absent: Vec<String>,
    /// A turn of the same model that works.
    pub control: Say,
    /// What the model gets from it.
    pub text: String,
}

/// One reply of a model.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// Text, instead of a call.
    pub text: Option<String>,
    #[serde(default)]
    pub tool: String,
    pub input: Option<toml::Value>,
    /// The input as text, JSON or not; `{pad}` is 400 KB.
    pub raw: Option<String>,
    /// The stream ends within the input.
    #[serde(default)]
    pub cut: bool,
    /// How many of these calls stand in the reply; `{n}` in the input is another number in each.
    #[serde(default = "once")]
    pub times: u32,
}

/// One version of wasmtime that must not be locked.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockRow {
    pub id: String,
    pub what: String,
    pub version: String,
}

fn evil_fs() -> String {
    "evil-fs".into()
}

fn answer() -> String {
    "answer".into()
}

fn plugin() -> String {
    "plugin".into()
}

fn thread() -> String {
    "1".into()
}

fn once() -> u32 {
    1
}

fn tech() -> Vec<String> {
    vec!["tech".into()]
}

/// Every row.
pub fn all() -> Rows {
    match toml::from_str(include_str!("../attacks.toml")) {
        Ok(rows) => rows,
        Err(error) => panic!("tests/attacks.toml: {error}"),
    }
}

impl Asked {
    fn new(id: &str, what: &str, expected: &str) -> Self {
        Self { id: id.to_owned(), what: what.to_owned(), expected: expected.to_owned() }
    }
}

impl PolicyRow {
    pub fn line(&self) -> Asked {
        Asked::new(&self.id, &self.what, "refused")
    }
}

impl TurnRow {
    pub fn line(&self) -> Asked {
        Asked::new(&self.id, &self.what, &self.expect)
    }
}

impl LockRow {
    pub fn line(&self) -> Asked {
        Asked::new(&self.id, &self.what, "PLG019")
    }
}

impl Row {
    /// A plugin in quarantine is called by nobody; why it is there is what the page tells.
    pub fn line(&self) -> Asked {
        Asked::new(&self.id, &self.what, self.reason.as_ref().unwrap_or(&self.expect))
    }

    /// Every input of the row, as JSON text.
    pub fn json_inputs(&self) -> Vec<String> {
        let given = self.input.iter().chain(&self.inputs).map(json);
        let inputs: Vec<String> = given.chain(self.raws.iter().map(|raw| filled(raw))).collect();
        if inputs.is_empty() { vec!["{}".into()] } else { inputs }
    }
}

/// A TOML value as JSON text.
pub fn json(value: &toml::Value) -> String {
    filled(&serde_json::to_string(value).unwrap_or_default())
}

/// A text with what is too long for the table.
fn filled(text: &str) -> String {
    let long = [
        ("{long}", "long/".repeat(1000)),
        ("{part}", "p".repeat(256)),
        ("{deep}", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("{braces}", "{a,b}".repeat(2000)),
        ("{stars}", "**/*/".repeat(2000)),
        ("{mebibyte}", "(a|b)".repeat(209_715)),
    ];
    long.iter()
        .fold(text.to_owned(), |text, (name, value)| if text.contains(name) { text.replace(name, value) } else { text })
}
