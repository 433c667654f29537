//! BC-15, the first half: clients that no person signs in with.

use claudetools_graph::envelope::Severity::{Critical, High};
use serde_json::json;

use super::{Sign, SignIn};
use crate::rule::Rule;

const TOOL: Rule = Rule::new(
    "R1",
    Critical,
    "Sign-in with an attacker's tool",
    "Phishing kits and attack tools call themselves so; people do not sign in with them.",
)
.mitre(&["T1078.004", "T1557"]);
const DEVICE_CODE: Rule = Rule::new(
    "R2",
    High,
    "Sign-in with a device code",
    "A code that was typed for somebody else gives them the session; few people need it.",
)
.mitre(&["T1528", "T1566.002"]);

/// Parts of what such clients call themselves.
const TOOLS: &[&str] = &["axios/", "python-requests", "go-http-client", "node-fetch", "roadtools", "aadinternals"];

/// Successes with a tool or a device code.
pub fn judge(signins: &[SignIn]) -> Vec<Sign<'_>> {
    let tool = |signin: &&SignIn| signin.succeeded() && signin.user_agent.as_deref().is_some_and(is_tool);
    let code = |signin: &&SignIn| {
        signin.succeeded()
            && signin.authentication_protocol.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("deviceCode"))
    };
    let tools: Vec<&SignIn> = signins.iter().filter(tool).collect();
    let codes: Vec<&SignIn> = signins.iter().filter(code).collect();
    let mut signs = Vec::new();
    if let Some(first) = tools.first() {
        let facts = json!({ "user_agent": first.user_agent });
        signs.push(Sign::about(TOOL.found(facts), tools));
    }
    if !codes.is_empty() {
        signs.push(Sign::about(DEVICE_CODE.found(json!({})), codes));
    }
    signs
}

fn is_tool(user_agent: &str) -> bool {
    let user_agent = user_agent.to_lowercase();
    TOOLS.iter().any(|tool| user_agent.contains(tool))
}
