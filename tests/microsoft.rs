//! The plugins for Microsoft 365 as they are shipped, through the sandbox and the policy of their READMEs, against a Microsoft on
//! loopback: what is found, what is said of what could not be checked, and that nothing is ever written.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "microsoft/checks.rs"]
mod checks;
#[path = "microsoft/tenants.rs"]
mod tenants;

use claudetools_agent::ThreadId;
use claudetools_agent::tools::{ToolEvent, ToolResult};
use claudetools_egress::{Egress, System};
use claudetools_support::microsoft::{FakeMicrosoft, Scenario};
use claudetools_tests::company::{Company, Places};
use claudetools_tests::microsoft::install;
use serde_json::{Value, json};

/// A company and its clients' Microsoft.
struct World {
    fake: FakeMicrosoft,
    company: Company,
    _places: Places,
}

impl World {
    async fn new() -> Self {
        let (fake, places) = (FakeMicrosoft::start().await.unwrap(), Places::new().unwrap());
        install(&fake, &places.path("base")).unwrap();
        let policy = std::fs::read_to_string(places.path("base/plugins.toml")).unwrap();
        let egress = Egress::new(System, &[], std::sync::Arc::default()).unwrap();
        let company = Company::reaching(&places, &policy, egress).await.unwrap();
        assert_eq!(company.in_force.borrow().notices, Vec::<String>::new());
        Self { fake, company, _places: places }
    }

    /// Calls a tool in a thread about the client of a scenario.
    async fn call(&self, scenario: Scenario, tool: &str, input: Value) -> (ToolResult, Vec<ToolEvent>) {
        let thread = ThreadId::new("test", scenario.name());
        self.company.ledger.choose(&thread, "client", Some(&scenario.name())).await.unwrap();
        self.company.call_in(&scenario.name(), tool, &input.to_string(), &["tech"]).await
    }

    /// A check of a user.
    async fn check(&self, scenario: Scenario, who: &str) -> Told {
        self.told(scenario, "breach_check", json!({ "user": scenario.upn(who) })).await
    }

    /// A sweep of a tenant.
    async fn sweep(&self, scenario: Scenario, input: Value) -> Told {
        self.told(scenario, "tenant_sweep", input).await
    }

    async fn told(&self, scenario: Scenario, tool: &str, input: Value) -> Told {
        let (result, events) = self.call(scenario, tool, input).await;
        let text = text(&result);
        assert!(!result.is_error, "{scenario:?}: {text}");
        let file = events.into_iter().find_map(|event| match event {
            ToolEvent::File { artifact, name } if name.ends_with(".json") => Some(artifact),
            _ => None,
        });
        let thread = ThreadId::new("test", scenario.name());
        let (_, data) = self.company.ledger.artifact(&thread, file.unwrap()).await.unwrap().unwrap();
        Told { text, envelope: serde_json::from_slice(&data).unwrap() }
    }

    /// Nothing was sent that Microsoft forbids, and nothing was changed.
    fn is_clean(&self) {
        self.fake.assert_clean();
        assert_eq!(self.fake.writes(), Vec::<String>::new());
    }
}

/// What a check says: to the model, and in its file.
struct Told {
    text: String,
    envelope: Value,
}

impl Told {
    fn all(&self) -> Vec<&Value> {
        let checks = self.envelope["checks"].as_array().unwrap();
        checks.iter().flat_map(|check| check["findings"].as_array().unwrap()).collect()
    }

    /// The ids of all findings.
    fn findings(&self) -> Vec<String> {
        self.all().iter().map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Those of a severity.
    fn of_severity(&self, severity: &str) -> Vec<String> {
        let all = self.all().into_iter().filter(|finding| finding["severity"] == severity);
        all.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
    }

    /// One check.
    fn check(&self, id: &str) -> &Value {
        let checks = self.envelope["checks"].as_array().unwrap();
        checks.iter().find(|check| check["id"] == id).unwrap()
    }
}

/// What the model reads of a result.
fn text(result: &ToolResult) -> String {
    let blocks = result.content.iter().map(|block| serde_json::to_value(block).unwrap());
    blocks.filter_map(|block| block["text"].as_str().map(str::to_owned)).collect::<Vec<_>>().join("\n")
}
