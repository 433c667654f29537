//! BC-04 and BC-06: who else may use the mailbox, and by which ways.

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{High, Info, Low, Medium};
use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Judged;
use super::forwarding::Mailbox;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rows::{Rows, moment, texts};
use crate::rule::Rule;

const DELEGATE: &[&str] = &["T1098.002"];
const NEW: Rule = Rule::new(
    "R1",
    High,
    "Somebody was given the mailbox in the window",
    "The permission was added in the time that is looked at.",
)
.mitre(DELEGATE);
const STANDING: Rule =
    Rule::new("R2", Info, "Somebody else may use the mailbox", "Known delegates are no finding; ask about others.")
        .mitre(DELEGATE);
const OUTSIDER: Rule = Rule::new(
    "R3",
    High,
    "A guest or an unknown account may use the mailbox",
    "It is not of the organization, or was deleted and cannot be looked up.",
)
.mitre(DELEGATE);
const OPEN_INBOX: Rule =
    Rule::new("R4", High, "Everybody may read the inbox", "Default or Anonymous has more than nothing on it.")
        .mitre(DELEGATE);

const OLD_WAY: &[&str] = &["T1078.004"];
const OPENED: Rule = Rule::new(
    "R1",
    High,
    "IMAP or POP was switched on in the window",
    "They ask for no second factor in many tenants, and read everything.",
)
.mitre(OLD_WAY);
const OPEN: Rule = Rule::new("R2", Low, "IMAP or POP is on", "Switch off what is not used.").mitre(OLD_WAY);
const NEW_PHONE: Rule = Rule::new(
    "R3",
    Medium,
    "A phone was synchronised for the first time in the window",
    "Ask the owner whether it is theirs.",
)
.mitre(&["T1098.005"]);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Permission {
    /// Of `Get-MailboxPermission` and `Get-MailboxFolderPermission`.
    user: Option<String>,
    /// Of `Get-RecipientPermission`.
    trustee: Option<String>,
    #[serde(default, deserialize_with = "texts")]
    access_rights: Vec<String>,
    is_inherited: Option<bool>,
    deny: Option<bool>,
    access_control_type: Option<String>,
}

impl Permission {
    fn who(&self) -> &str {
        self.user.as_deref().or(self.trustee.as_deref()).unwrap_or_default()
    }

    /// Whether it gives somebody else something.
    fn counts(&self) -> bool {
        let who = self.who().to_uppercase();
        let own = who.is_empty() || who.starts_with("NT AUTHORITY\\") || who.starts_with("NT-AUTORITÄT\\");
        let denied = self.deny == Some(true)
            || self.access_control_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("Deny"));
        !own && !denied && self.is_inherited != Some(true)
    }
}

pub fn judge(case: &Case, known: &Known) -> Judged {
    let full: Rows<Permission> = case.rows(Source::MailboxPermission);
    let send: Rows<Permission> = case.rows(Source::RecipientPermission);
    let mailboxes: Rows<Mailbox> = case.rows(Source::Mailbox);
    let mut findings: Vec<Finding> = full
        .read
        .iter()
        .chain(&send.read)
        .filter(|permission| permission.counts())
        .map(|permission| delegate(permission, case, known))
        .collect();
    for name in mailboxes.read.iter().flat_map(|mailbox| &mailbox.grant_send_on_behalf_to) {
        findings.push(STANDING.found(json!({ "who": name, "may": ["SendOnBehalf"] })));
    }
    let mut unread = full.unread + send.unread + mailboxes.unread;
    for (folder, source) in [
        ("Inbox", Source::InboxPermission),
        ("Sent Items", Source::SentPermission),
        ("Calendar", Source::CalendarPermission),
    ] {
        let permissions: Rows<Permission> = case.rows(source);
        unread += permissions.unread;
        findings.extend(permissions.read.iter().filter_map(|permission| of_folder(folder, permission, case)));
    }
    Judged::of(findings).unread(unread)
}

fn delegate(permission: &Permission, case: &Case, known: &Known) -> Finding {
    let who = permission.who();
    let facts = json!({ "who": who, "may": permission.access_rights });
    let rule = if is_outsider(who, case) {
        &OUTSIDER
    } else if given_at(who, known).is_some() {
        &NEW
    } else {
        &STANDING
    };

    let access = if permission.trustee.is_some() { "send_as" } else { "full_access" };
    rule.found(facts)
        .at(given_at(who, known))
        .step("remove_delegate", json!({ "user": case.user.id, "trustee": who, "access": access }))
}

/// When the mailbox's trail says that somebody was given it.
fn given_at(who: &str, known: &Known) -> Option<Timestamp> {
    let added = known
        .records
        .iter()
        .filter(|record| record.is(&["Add-MailboxPermission", "Add-RecipientPermission", "AddFolderPermissions"]));
    let to = |record: &&crate::breach::trail::Record| {
        let user = record.parameter("User").or_else(|| record.parameter("Trustee")).unwrap_or_default();
        !user.is_empty() && (user.eq_ignore_ascii_case(who) || who.to_lowercase().contains(&user.to_lowercase()))
    };
    added.filter(to).map(|record| record.created_date_time).max()
}

/// A guest, somebody of another domain, or an account that is gone: only its number is left.
fn is_outsider(who: &str, case: &Case) -> bool {
    let foreign = who.contains('@') && !who.contains('\\') && !case.homes.has(who);
    who.starts_with("S-1-") || who.contains("#EXT#") || foreign
}

fn of_folder(folder: &str, permission: &Permission, case: &Case) -> Option<Finding> {
    let who = permission.who();
    let rights = &permission.access_rights;
    let something = !rights.iter().all(|right| matches!(right.as_str(), "None" | "AvailabilityOnly"));
    let everybody = matches!(who, "Default" | "Anonymous" | "Standard" | "Anonym");
    let facts = json!({ "who": who, "may": rights, "folder": folder });
    match (something, everybody) {
        (false, _) => None,
        (true, true) => (folder == "Inbox").then(|| OPEN_INBOX.found(facts)),
        (true, false) if is_outsider(who, case) => Some(OUTSIDER.found(facts)),
        (true, false) => Some(STANDING.found(facts)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ways {
    imap_enabled: Option<bool>,
    pop_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Phone {
    device_friendly_name: Option<String>,
    device_model: Option<String>,
    device_type: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    first_sync_time: Option<Timestamp>,
}

pub fn protocols(case: &Case, known: &Known) -> Judged {
    let ways: Rows<Ways> = case.rows(Source::ClientAccess);
    let phones: Rows<Phone> = case.rows(Source::Phones);
    let opened = known
        .records
        .iter()
        .filter(|record| record.is(&["Set-CASMailbox"]))
        .map(|record| record.created_date_time)
        .max();
    let mut findings = Vec::new();
    for way in &ways.read {
        let on: Vec<&str> = [("IMAP", way.imap_enabled), ("POP", way.pop_enabled)]
            .iter()
            .filter(|(_, on)| *on == Some(true))
            .map(|(name, _)| *name)
            .collect();
        if !on.is_empty() {
            let rule = if opened.is_some() { &OPENED } else { &OPEN };
            findings.push(rule.found(json!({ "on": on })).at(opened));
        }
    }
    for phone in phones.read.iter().filter(|phone| case.is_new(phone.first_sync_time)) {
        let facts =
            json!({ "phone": phone.device_friendly_name, "model": phone.device_model, "kind": phone.device_type });
        findings.push(NEW_PHONE.found(facts).at(phone.first_sync_time));
    }
    let judged = Judged::of(findings).unread(ways.unread + phones.unread);
    if case.reply(Source::Phones).is_some() { judged } else { judged.noted("phones are looked at with `depth` deep") }
}
