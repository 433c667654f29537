//! A company whose technicians have Bash.

use claudetools_agent::message::RawBlock;
use claudetools_agent::tools::ToolResult;
use claudetools_tests::company::{Company, Places};
use serde_json::{Value, json};

/// The policy as it is shipped.
pub const SHIPPED: &str = include_str!("../../plugins.toml");

/// Tools and the places they work on.
pub struct World {
    pub company: Company,
    pub places: Places,
}

impl World {
    /// Under the policy that is shipped.
    pub async fn new() -> Self {
        Self::with(SHIPPED).await
    }

    pub async fn with(policy: &str) -> Self {
        let places = Places::new().unwrap();
        Self { company: Company::open(&places, policy).await.unwrap(), places }
    }

    /// What a technician's model reads of a command.
    pub async fn bash(&self, command: &str) -> String {
        self.bash_in("1", json!({ "command": command })).await
    }

    /// The same in a thread of this name, with any input.
    pub async fn bash_in(&self, thread: &str, input: Value) -> String {
        self.call(thread, "Bash", input).await
    }

    /// What a technician's model reads of any call.
    pub async fn call(&self, thread: &str, tool: &str, input: Value) -> String {
        said(&self.company.call_in(thread, tool, &input.to_string(), &["tech"]).await.0)
    }
}

/// The texts of a result.
pub fn said(result: &ToolResult) -> String {
    let text = |block: &RawBlock| serde_json::to_value(block).unwrap()["text"].as_str().unwrap_or_default().to_owned();
    result.content.iter().map(text).collect::<Vec<_>>().join("\n")
}
