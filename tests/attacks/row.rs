//! The rows of `attacks.toml`.

use serde::Deserialize;

/// One attack.
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
    /// Which plugin the tool belongs to, for readers.
    #[serde(default = "evil_fs", rename = "plugin")]
    pub _plugin: String,
    pub tool: String,
    pub input: Option<toml::Value>,
    #[serde(default)]
    pub inputs: Vec<toml::Value>,
    /// Input that no TOML value can be, by name.
    pub raw: Option<String>,
    /// Input as JSON text.
    #[serde(default)]
    pub raws: Vec<String>,
    #[serde(default = "once")]
    pub repeat: u32,
    #[serde(default = "tech")]
    pub roles: Vec<String>,
    pub expect: String,
    /// The code for which the plugin is in quarantine.
    pub reason: Option<String>,
    #[serde(default)]
    pub text: Vec<String>,
    #[serde(default)]
    pub never: Vec<String>,
    /// Files of the repository that must be what they were.
    #[serde(default)]
    pub unchanged: Vec<String>,
    /// Files of the repository that must not be there.
    #[serde(default)]
    pub absent: Vec<String>,
    pub control: Control,
}

/// The nearest legal call: it must succeed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    #[serde(default)]
    pub setup: Vec<Setup>,
    #[serde(default = "evil_fs", rename = "plugin")]
    pub _plugin: String,
    pub tool: String,
    pub input: toml::Value,
    pub text: String,
}

/// One thing that is prepared below the repository.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    pub symlink: Option<String>,
    pub hardlink: Option<String>,
    pub flip: Option<String>,
    pub to: Option<String>,
    pub fifo: Option<String>,
    pub socket: Option<String>,
    pub sparse: Option<String>,
    pub bytes: Option<u64>,
}

/// What is done to a component after its approval.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tamper {
    pub plugin: String,
    pub with: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    attack: Vec<Row>,
}

fn evil_fs() -> String {
    "evil-fs".into()
}

fn once() -> u32 {
    1
}

fn tech() -> Vec<String> {
    vec!["tech".into()]
}

/// Every row.
pub fn all() -> Vec<Row> {
    match toml::from_str::<File>(include_str!("../attacks.toml")) {
        Ok(file) => file.attack,
        Err(error) => panic!("tests/attacks.toml: {error}"),
    }
}

impl Row {
    /// Every input of the row, as JSON text.
    pub fn json_inputs(&self) -> Vec<String> {
        let given = self.input.iter().chain(&self.inputs).map(json);
        let mut inputs: Vec<String> = given.chain(self.raws.iter().cloned()).collect();
        if self.raw.as_deref() == Some("deep") {
            inputs.push(format!("{{\"text\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)));
        }
        if inputs.is_empty() {
            inputs.push("{}".into());
        }
        inputs
    }
}

/// A TOML value as JSON text, with the long paths filled in.
pub fn json(value: &toml::Value) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.replace("{long}", &"long/".repeat(1000)).replace("{part}", &"p".repeat(256))
}
