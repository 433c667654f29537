//! Three hundred mailboxes more: an attacker in two of them.

use serde_json::json;

use super::{mailboxes, people, signing};
use crate::microsoft::rule::Rule;
use crate::microsoft::tenant::Tenant;

/// How many mailboxes there are, those that every tenant has among them.
const MAILBOXES: usize = 300;
/// Those whose rules forward to the same address outside.
pub(in crate::microsoft) const TAKEN: [&str; 2] = ["user017", "user231"];

pub(super) fn fill(tenant: &mut Tenant) {
    let there = tenant.exchange.get("Mailbox").map_or(0, Vec::len);
    for number in there..MAILBOXES {
        let who = format!("user{number:03}");
        let name = format!("User {number:03}");
        people::person(tenant, &who, &name, true);
        mailboxes::mailbox(tenant, &who, &name, "UserMailbox");
        signing::sign_in(tenant, &who, &signing::BERLIN, 600, json!({}));
    }
    for who in TAKEN {
        let rule = Rule { forward_to: vec!["drop@attacker.example".to_owned()], ..Rule::new(9_001, "..") };
        tenant.rules.entry(tenant.upn(who)).or_default().push(rule);
    }
}
