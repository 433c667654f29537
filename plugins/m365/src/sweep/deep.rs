//! TS-15 and TS-31 look into every mailbox: some at a time, with a token from which the next call goes on.

use std::collections::BTreeMap;

use claudetools_graph::envelope::{Finding, Status};
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use claudetools_graph::{Exchange, Outcome, Tenant};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::known::{Answer, Missing};
use super::source::{INBOX_RULES, MAILBOX_ACCESS};
use crate::client::Homes;
use crate::inbox;
use crate::rows;

/// The most mailboxes of one call: more do not fit into a minute at four requests at once.
pub const MOST_MAILBOXES: usize = 300;
/// How many mailboxes are asked about before the token moves on.
const STEP: usize = 10;
/// A token older than this is of another sweep.
const TOKEN_HOURS: i64 = 24;
/// The most findings that a token keeps; what is beyond is counted as a gap.
const MOST_FOUND: usize = 300;
/// How many mailboxes of a trustee are named.
const NAMED: usize = 10;

/// Bad rules of one mailbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundRule {
    pub mailbox: String,
    pub findings: Vec<Finding>,
    /// Addresses outside that its rules send to.
    pub outside: Vec<String>,
}

/// Whose mailboxes somebody may open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    pub trustee: String,
    pub count: usize,
    /// Some of them.
    pub mailboxes: Vec<String>,
}

/// How far a sweep has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    pub begun: Timestamp,
    /// The last mailbox that is done, in the order of names.
    pub after: String,
    pub done: usize,
    rules: Vec<FoundRule>,
    access: BTreeMap<String, Access>,
    /// Mailboxes that gave no answer, or one that cannot be read.
    broken: Vec<String>,
    full: bool,
}

impl Token {
    fn new(now: Timestamp) -> Self {
        let (after, rules, access, broken) = (String::new(), Vec::new(), BTreeMap::new(), Vec::new());
        Self { begun: now, after, done: 0, rules, access, broken, full: false }
    }

    /// The token to go on from; a new one where there is none, or one of another time.
    pub fn go_on(kept: Option<Self>, now: Timestamp) -> Self {
        let fresh = |token: &Self| now.duration_since(token.begun) < SignedDuration::from_hours(TOKEN_HOURS);
        kept.filter(fresh).unwrap_or_else(|| Self::new(now))
    }

    fn take(&mut self, mailbox: &str, rules: &Outcome, access: &Outcome, homes: &Homes) {
        let read = rules.as_ref().ok().map(|reply| (inbox::of_exchange(&reply.items), reply.truncated));
        match read {
            Some((read, cut)) => {
                if read.unread > 0 || cut {
                    self.broken.push(mailbox.to_owned());
                }
                self.keep(found(mailbox, &read.read, homes));
            }
            None => self.broken.push(mailbox.to_owned()),
        }
        match access.as_ref().ok().map(|reply| rows::rows::<Permission>(&reply.items)) {
            Some(read) if read.unread == 0 => read.read.into_iter().for_each(|it| self.note(mailbox, it)),
            _ => self.broken.push(mailbox.to_owned()),
        }
        self.broken.dedup();
        self.after = mailbox.to_owned();
        self.done += 1;
    }

    fn keep(&mut self, found: FoundRule) {
        if found.findings.is_empty() {
            return;
        }
        self.full |= self.rules.len() >= MOST_FOUND;
        if !self.full {
            self.rules.push(found);
        }
    }

    fn note(&mut self, mailbox: &str, permission: Permission) {
        if !permission.counts() {
            return;
        }
        let access = self.access.entry(permission.user.to_lowercase()).or_default();
        access.trustee = permission.user;
        access.count += 1;
        if access.mailboxes.len() < NAMED {
            access.mailboxes.push(mailbox.to_owned());
        }
    }

    /// The answers so far, of which there are to be so many.
    fn answers(&self, all: usize) -> (Answer, Answer) {
        let gap = if self.done < all {
            let why = format!("{} of {all} mailboxes are done; call again with `deep` to go on", self.done);
            Some(Missing::new(Status::Truncated, why))
        } else if self.full {
            Some(Missing::new(Status::Truncated, format!("more than {MOST_FOUND} mailboxes have rules to look at")))
        } else {
            let why = format!("{} of {all} mailboxes could not be read: {}", self.broken.len(), named(&self.broken));
            (!self.broken.is_empty()).then(|| Missing::new(Status::Error, why))
        };
        let rules = self.rules.iter().map(|it| json!(it)).collect();
        let access = self.access.values().map(|it| json!(it)).collect();
        (
            Answer::rows(&INBOX_RULES, rules, false).but(gap.clone()),
            Answer::rows(&MAILBOX_ACCESS, access, false).but(gap),
        )
    }
}

fn named(mailboxes: &[String]) -> String {
    let shown: Vec<String> = mailboxes.iter().take(3).map(|name| claudetools_graph::text::shown(name)).collect();
    shown.join(", ") + if mailboxes.len() > 3 { " …" } else { "" }
}

fn found(mailbox: &str, rules: &[inbox::MailRule], homes: &Homes) -> FoundRule {
    let findings = rules.iter().flat_map(|rule| inbox::judge(rule, homes, false));
    let enabled = rules.iter().filter(|rule| rule.enabled).flat_map(|rule| &rule.sends_to);
    let outside = enabled.filter(|to| to.contains('@') && !homes.has(to)).map(|to| to.to_lowercase());
    FoundRule { mailbox: mailbox.to_owned(), outside: outside.collect(), findings: findings.collect() }
}

/// A row of `Get-MailboxPermission`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Permission {
    user: String,
    #[serde(deserialize_with = "rows::texts")]
    access_rights: Vec<String>,
    is_inherited: bool,
    deny: bool,
}

impl Permission {
    /// Whether somebody else may open the whole mailbox.
    fn counts(&self) -> bool {
        let is_system = self.user.to_uppercase().starts_with("NT AUTHORITY\\");
        !is_system && !self.is_inherited && !self.deny && self.access_rights.iter().any(|right| right == "FullAccess")
    }
}

/// Looks into the mailboxes after the token's, until the call's share or `deadline` is reached, and tells `keep` of each
/// step. Gives back the inbox rules and the access that were found since the token was begun.
pub fn gather(
    tenant: &mut Tenant,
    mut mailboxes: Vec<String>,
    homes: &Homes,
    deadline: Timestamp,
    token: &mut Token,
    keep: &mut dyn FnMut(&Token, usize),
) -> (Answer, Answer) {
    mailboxes.sort();
    mailboxes.dedup();
    let all = mailboxes.len();
    let left: Vec<String> = mailboxes.into_iter().filter(|name| *name > token.after).take(MOST_MAILBOXES).collect();
    for step in left.chunks(STEP) {
        if tenant.now() >= deadline {
            break;
        }
        let asks = step.iter().flat_map(|mailbox| asks(mailbox)).collect();
        let outcomes = tenant.fetch(asks, &mut |_, _| ());
        for (mailbox, pair) in step.iter().zip(outcomes.chunks(2)) {
            if let [rules, access] = pair {
                token.take(mailbox, rules, access, homes);
            }
        }
        keep(token, all);
    }
    token.answers(all)
}

fn asks(mailbox: &str) -> [claudetools_graph::Ask; 2] {
    let ask = |cmdlet: &str, parameters: Value| Exchange::default().about_mailbox(cmdlet, mailbox, parameters);
    [
        ask("Get-InboxRule", json!({ "Mailbox": mailbox, "IncludeHidden": true })),
        ask("Get-MailboxPermission", json!({ "Identity": mailbox })),
    ]
}
