//! Inbox rules as Graph and as Exchange give them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Folder, MailRule};
use crate::rows::{Rows, list, rows, texts};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GraphRule {
    id: String,
    display_name: Option<String>,
    is_enabled: Option<bool>,
    conditions: Option<Map<String, Value>>,
    actions: Option<Actions>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Actions {
    delete: Option<bool>,
    permanent_delete: Option<bool>,
    move_to_folder: Option<String>,
    mark_as_read: Option<bool>,
    stop_processing_rules: Option<bool>,
    #[serde(deserialize_with = "list")]
    forward_to: Vec<Recipient>,
    #[serde(deserialize_with = "list")]
    forward_as_attachment_to: Vec<Recipient>,
    #[serde(deserialize_with = "list")]
    redirect_to: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: Address,
}

#[derive(Deserialize)]
struct Address {
    address: Option<String>,
    name: Option<String>,
}

/// Rules of `…/mailFolders/inbox/messageRules`, with folders by the names in `folders` (id → name).
pub fn of_graph(items: &[Value], folders: &BTreeMap<String, String>) -> Rows<MailRule> {
    let Rows { read, unread } = rows::<GraphRule>(items);
    Rows { read: read.into_iter().map(|rule| graph_rule(rule, folders)).collect(), unread }
}

fn graph_rule(rule: GraphRule, folders: &BTreeMap<String, String>) -> MailRule {
    let actions = rule.actions.unwrap_or_default();
    let conditions = rule.conditions.unwrap_or_default();
    let sends = [actions.forward_to, actions.forward_as_attachment_to, actions.redirect_to];
    let folder = match actions.move_to_folder.filter(|id| !id.is_empty()) {
        None => Folder::None,
        Some(id) => folders.get(&id).map_or(Folder::Unknown(id), |name| Folder::Named(name.clone())),
    };
    MailRule {
        id: rule.id,
        name: rule.display_name.unwrap_or_default(),
        enabled: rule.is_enabled.unwrap_or(true),
        sends_to: sends.into_iter().flatten().map(recipient).collect(),
        folder,
        marks_read: actions.mark_as_read == Some(true),
        stops: actions.stop_processing_rules == Some(true),
        deletes: actions.delete == Some(true) || actions.permanent_delete == Some(true),
        has_condition: conditions.values().any(says_something),
        words: conditions
            .iter()
            .filter(|(name, _)| name.ends_with("Contains"))
            .flat_map(|(_, value)| strings(value))
            .collect(),
    }
}

fn recipient(recipient: Recipient) -> String {
    let Address { address, name } = recipient.email_address;
    address.filter(|address| !address.is_empty()).or(name).unwrap_or_default()
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ExchangeRule {
    identity: Option<String>,
    rule_identity: Option<Value>,
    name: Option<String>,
    enabled: Option<bool>,
    #[serde(deserialize_with = "texts")]
    forward_to: Vec<String>,
    #[serde(deserialize_with = "texts")]
    forward_as_attachment_to: Vec<String>,
    #[serde(deserialize_with = "texts")]
    redirect_to: Vec<String>,
    move_to_folder: Option<String>,
    mark_as_read: Option<bool>,
    stop_processing_rules: Option<bool>,
    delete_message: Option<bool>,
    soft_delete_message: Option<bool>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What makes a rule of Exchange one for some mail only, beside the lists of words.
const CONDITIONS: &[&str] = &[
    "From",
    "SentTo",
    "FromSubscription",
    "HasAttachment",
    "HasClassification",
    "FlaggedForAction",
    "MessageTypeMatches",
    "MyNameInCcBox",
    "MyNameInToBox",
    "MyNameInToOrCcBox",
    "MyNameNotInToBox",
    "ReceivedAfterDate",
    "ReceivedBeforeDate",
    "SentOnlyToMe",
    "WithImportance",
    "WithSensitivity",
    "WithinSizeRangeMaximum",
    "WithinSizeRangeMinimum",
];

/// Rules of `Get-InboxRule`, those that Exchange makes itself left out.
pub fn of_exchange(items: &[Value]) -> Rows<MailRule> {
    let Rows { read, unread } = rows::<ExchangeRule>(items);
    Rows { read: read.into_iter().map(exchange_rule).filter(|rule| !is_system(rule)).collect(), unread }
}

fn exchange_rule(rule: ExchangeRule) -> MailRule {
    let words: Vec<String> =
        rule.rest.iter().filter(|(name, _)| name.ends_with("Words")).flat_map(|(_, value)| strings(value)).collect();
    let sends = [rule.forward_to, rule.forward_as_attachment_to, rule.redirect_to];
    let folder = rule.move_to_folder.filter(|folder| !folder.is_empty());
    MailRule {
        id: rule.identity.or_else(|| Some(rule.rule_identity?.to_string())).unwrap_or_default(),
        name: rule.name.unwrap_or_default(),
        enabled: rule.enabled.unwrap_or(true),
        sends_to: sends.into_iter().flatten().map(|written| smtp(&written)).collect(),
        folder: folder.map_or(Folder::None, |folder| Folder::Named(last(&folder))),
        marks_read: rule.mark_as_read == Some(true),
        stops: rule.stop_processing_rules == Some(true),
        deletes: rule.delete_message == Some(true) || rule.soft_delete_message == Some(true),
        has_condition: !words.is_empty()
            || CONDITIONS.iter().any(|name| rule.rest.get(*name).is_some_and(says_something)),
        words,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SweepRule {
    name: Option<String>,
    rule_id: Option<String>,
    enabled: Option<bool>,
    destination_folder: Option<String>,
}

/// Rules of `Get-SweepRule`: they move mail of a sender after a while.
pub fn of_sweep(items: &[Value]) -> Rows<MailRule> {
    let Rows { read, unread } = rows::<SweepRule>(items);
    let rule = |rule: SweepRule| MailRule {
        id: rule.rule_id.unwrap_or_default(),
        name: rule.name.unwrap_or_default(),
        enabled: rule.enabled.unwrap_or(true),
        folder: rule.destination_folder.map_or(Folder::None, |folder| Folder::Named(last(&folder))),
        has_condition: true,
        ..MailRule::default()
    };
    Rows { read: read.into_iter().map(rule).collect(), unread }
}

/// Whether Exchange made a rule itself. A delegate's rule that sends mail somewhere is judged like any other.
pub fn is_system(rule: &MailRule) -> bool {
    let delegate = rule.name.strip_prefix("Delegate Rule -");
    rule.name == "Junk E-Mail Rule"
        || rule.name.starts_with("Microsoft.Exchange.OOF.")
        || delegate.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
            && !rule.sends_to.iter().any(|to| to.contains('@'))
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(says) => *says,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => fields.values().any(says_something),
    }
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The address in `"Drop" [SMTP:drop@attacker.example]`; a name of the organization's own as it stands.
fn smtp(written: &str) -> String {
    let lower = written.to_lowercase();
    match lower.find("smtp:").and_then(|at| written.get(at + 5..)) {
        Some(address) => address.trim_end_matches([']', '"', ' ']).to_owned(),
        None => written.to_owned(),
    }
}

/// A folder without those above it: `Inbox\.` is `.`, `ann:\RSS Feeds` is `RSS Feeds`.
fn last(folder: &str) -> String {
    folder
        .rsplit(['\\', '/'])
        .next()
        .map_or(folder, |last| last.rsplit_once(":").map_or(last, |(_, last)| last))
        .to_owned()
}
