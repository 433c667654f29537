//! BC-09: what the user can sign in with beside the password.

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{High, Low, Medium};
use claudetools_graph::jiff::Timestamp;
use claudetools_graph::text;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rows::{Rows, moment};
use crate::rule::Rule;

const PERSISTENCE: &[&str] = &["T1098.005", "T1556.006"];
const NEW_AND_CLOSE: Rule = Rule::new(
    "R1",
    High,
    "New sign-in method near a suspicious sign-in",
    "Attackers add a method of their own, which outlives a new password.",
)
.mitre(PERSISTENCE);
const NEW: Rule =
    Rule::new("R1", Medium, "New sign-in method", "Ask the owner whether it is theirs.").mitre(PERSISTENCE);
const TWICE: Rule = Rule::new(
    "R2",
    Medium,
    "Two authenticators of the same name from different times",
    "The second may be a copy on somebody else's phone.",
)
.mitre(PERSISTENCE);
const PASS: Rule =
    Rule::new("R3", High, "Temporary access pass", "It signs in without password and second factor: ask who made it.")
        .mitre(PERSISTENCE);
const WEAK: Rule = Rule::new(
    "R4",
    Low,
    "Only text messages or calls as a second factor",
    "They can be intercepted and talked out of people.",
)
.mitre(&["T1111"]);
const REGISTERED: Rule = Rule::new(
    "R5",
    Medium,
    "Sign-in methods were changed near a suspicious sign-in",
    "The trail has it, whether or not the method is still there.",
)
.mitre(PERSISTENCE);

/// What the trail calls changes of methods.
const CHANGES: &[&str] = &[
    "user registered security info",
    "user deleted security info",
    "admin registered security info",
    "admin deleted security info",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Method {
    #[serde(rename = "@odata.type")]
    kind: String,
    id: String,
    display_name: Option<String>,
    phone_number: Option<String>,
    model: Option<String>,
    device_tag: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    created_date_time: Option<Timestamp>,
}

impl Method {
    /// `phone`, `microsoftAuthenticator`, `fido2`, …
    fn kind(&self) -> &str {
        let kind = self.kind.trim_start_matches("#microsoft.graph.");
        kind.strip_suffix("AuthenticationMethod").unwrap_or(kind)
    }

    fn facts(&self) -> Value {
        json!({
            "kind": self.kind(),
            "method": self.id,
            "name": self.display_name,
            "phone": self.phone_number.as_deref().map(text::masked),
            "model": self.model,
            "device_tag": self.device_tag,
        })
    }

    fn told(&self, rule: &Rule, case: &Case) -> Finding {
        rule.found(self.facts())
            .at(self.created_date_time)
            .step("remove_mfa_method", json!({ "user": case.user.id, "id": self.id }))
    }
}

pub fn judge(case: &Case, known: &Known) -> Judged {
    let methods: Rows<Method> = case.rows(Source::Methods);
    let beside: Vec<&Method> = methods.read.iter().filter(|method| method.kind() != "password").collect();
    let mut findings: Vec<Finding> = Vec::new();
    for method in &beside {
        if method.kind() == "temporaryAccessPass" {
            findings.push(method.told(&PASS, case));
        } else if let Some(at) = method.created_date_time.filter(|at| case.is_new(Some(*at))) {
            findings.push(method.told(if known.is_close(at) { &NEW_AND_CLOSE } else { &NEW }, case));
        }
    }
    findings.extend(twice(&beside, case));
    if !beside.is_empty() && beside.iter().all(|method| method.kind() == "phone") {
        findings.push(WEAK.found(json!({ "methods": beside.len() })));
    }
    findings.extend(changes(known));
    Judged::of(findings).unread(methods.unread)
}

fn twice(methods: &[&Method], case: &Case) -> Option<Finding> {
    let authenticators: Vec<&&Method> = methods
        .iter()
        .filter(|method| method.kind() == "microsoftAuthenticator" && method.display_name.is_some())
        .collect();
    let twin = |one: &&&Method| {
        authenticators.iter().any(|other| {
            other.display_name == one.display_name
                && other.created_date_time != one.created_date_time
                && other.id != one.id
        })
    };
    let newest = authenticators.iter().filter(|one| twin(one)).max_by_key(|method| method.created_date_time)?;
    Some(newest.told(&TWICE, case))
}

fn changes(known: &Known) -> Vec<Finding> {
    let changed = known
        .events
        .iter()
        .filter(|event| CHANGES.contains(&event.activity().as_str()) && known.is_close(event.activity_date_time));
    let told = |event: &crate::breach::trail::Event| {
        let facts = json!({ "activity": event.shown(), "by": event.actor(), "address": event.address() });
        REGISTERED.found(facts).at(Some(event.activity_date_time))
    };
    changed.map(told).collect()
}
