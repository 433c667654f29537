//! A rule of an inbox: one thing that Graph and Exchange show in different shapes.

use serde_json::{Value, json};

/// Where the recipients of an organisation stand in its directory.
const DIRECTORY: &str = "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=";

/// A rule.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Its number in its mailbox.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub enabled: bool,
    /// Only Exchange shows it, and only to who asks for hidden ones.
    pub hidden: bool,
    /// Nobody changes it.
    pub read_only: bool,
    /// Addresses that get a copy.
    pub forward_to: Vec<String>,
    /// Addresses that get it instead.
    pub redirect_to: Vec<String>,
    /// Addresses that get it as an attachment.
    pub attach_to: Vec<String>,
    /// The display name of a folder.
    pub move_to: Option<String>,
    /// Marks it as read.
    pub mark_read: bool,
    /// No rule after it runs.
    pub stop: bool,
    /// Deletes it.
    pub delete: bool,
    /// Words of the subject or the body.
    pub words: Vec<String>,
    /// Words of the subject.
    pub subject: Vec<String>,
    /// Addresses that it is from.
    pub from: Vec<String>,
}

impl Rule {
    /// One that runs and does nothing.
    pub fn new(id: u64, name: &str) -> Self {
        Self { id, name: name.to_owned(), enabled: true, ..Self::default() }
    }

    /// The id that Graph has for it.
    pub(super) fn graph_id(&self) -> String {
        format!("AQAAAJ5d{:04x}=", self.id)
    }

    /// As `messageRule`; a folder is an id there.
    pub(super) fn graph(&self, sequence: usize) -> Value {
        let mut actions =
            json!({"stopProcessingRules": self.stop, "markAsRead": self.mark_read, "delete": self.delete});
        if let Some(folder) = &self.move_to {
            actions["moveToFolder"] = json!(folder_id(folder));
        }
        for (name, list) in [
            ("forwardTo", &self.forward_to),
            ("redirectTo", &self.redirect_to),
            ("forwardAsAttachmentTo", &self.attach_to),
        ] {
            if !list.is_empty() {
                actions[name] = recipients(list);
            }
        }
        json!({
            "id": self.graph_id(), "displayName": self.name, "sequence": sequence, "isEnabled": self.enabled,
            "hasError": false, "isReadOnly": self.read_only, "conditions": self.conditions(), "actions": actions,
        })
    }

    fn conditions(&self) -> Value {
        let mut conditions = json!({});
        if !self.words.is_empty() {
            conditions["bodyOrSubjectContains"] = json!(self.words);
        }
        if !self.subject.is_empty() {
            conditions["subjectContains"] = json!(self.subject);
        }
        if !self.from.is_empty() {
            conditions["fromAddresses"] = recipients(&self.from);
        }
        conditions
    }

    /// As `Get-InboxRule` has it: a folder is a name there, an address outside stands in brackets, and somebody inside
    /// goes by the directory's name for him.
    pub(super) fn exchange(&self, upn: &str, priority: usize) -> Value {
        let (owner, domain) = upn.split_once('@').unwrap_or((upn, ""));
        let shown = |to: &String| match to.split_once('@') {
            Some((alias, at)) if at == domain => json!(format!("\"{alias}\" [EX:{DIRECTORY}{alias}]")),
            _ => json!(format!("\"{to}\" [SMTP:{to}]")),
        };
        let list = |list: &[String]| match list.is_empty() {
            true => Value::Null,
            false => list.iter().map(shown).collect(),
        };
        json!({
            "Identity": format!("{owner}\\{}", self.id), "RuleIdentity": self.id, "Name": self.name,
            "Enabled": self.enabled, "Priority": priority, "MailboxOwnerId": owner, "InError": false,
            "ForwardTo": list(&self.forward_to), "RedirectTo": list(&self.redirect_to),
            "ForwardAsAttachmentTo": list(&self.attach_to), "DeleteMessage": self.delete,
            "MoveToFolder": self.move_to, "MarkAsRead": self.mark_read, "StopProcessingRules": self.stop,
            "SubjectOrBodyContainsWords": self.words, "SubjectContainsWords": self.subject, "BodyContainsWords": [],
            "From": list(&self.from), "FromAddressContainsWords": [], "Description": "If the message:\r\n...",
        })
    }
}

/// The id of a folder by its name.
pub(super) fn folder_id(name: &str) -> String {
    format!("AAMkAD{}=", crate::clock::id(name).replace('-', ""))
}

fn recipients(addresses: &[String]) -> Value {
    addresses.iter().map(|to| json!({"emailAddress": {"name": to, "address": to}})).collect()
}
