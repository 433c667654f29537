//! A rule of an inbox: one thing that Graph and Exchange show in different shapes.

use serde_json::{Value, json};

/// A rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub id: u64,
    pub name: String,
    pub enabled: bool,
    /// Only Exchange shows it, and only to who asks for hidden ones.
    pub hidden: bool,
    pub read_only: bool,
    pub forward_to: Vec<String>,
    pub redirect_to: Vec<String>,
    pub attach_to: Vec<String>,
    /// The display name of a folder.
    pub move_to: Option<String>,
    pub mark_read: bool,
    pub stop: bool,
    pub delete: bool,
    /// Words of the subject or the body.
    pub words: Vec<String>,
    pub subject: Vec<String>,
    pub from: Vec<String>,
}

impl Rule {
    pub(super) fn new(id: u64, name: &str) -> Self {
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

    /// As `Get-InboxRule` has it; a folder is a name there, and an address is in brackets.
    pub(super) fn exchange(&self, owner: &str, priority: usize) -> Value {
        let list = |list: &[String]| match list.is_empty() {
            true => Value::Null,
            false => list.iter().map(|to| json!(format!("\"{to}\" [SMTP:{to}]"))).collect(),
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
