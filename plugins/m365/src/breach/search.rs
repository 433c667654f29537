//! The audit log of mailboxes: a search that takes minutes. Its id is kept, so that a later call goes on with it.

use std::time::Duration;

use claudetools_graph::encode::encoded;
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use claudetools_graph::{Ask, Class, Gap, Outcome, Tenant};
use serde_json::{Value, json};

use super::case::Case;
use crate::outside::Outside;

const OPERATIONS: &[&str] = &[
    "New-InboxRule",
    "Set-InboxRule",
    "UpdateInboxRules",
    "Set-Mailbox",
    "Set-CASMailbox",
    "Add-MailboxPermission",
    "Add-RecipientPermission",
    "AddFolderPermissions",
    "UpdateCalendarDelegation",
    "MailItemsAccessed",
    "HardDelete",
    "SendAs",
    "SearchQueryInitiatedExchange",
    "FileDownloaded",
    "FileSyncDownloadedFull",
];
const QUERIES: &str = "/v1.0/security/auditLog/queries";
/// How long to wait before asking again whether the search is done.
const PAUSE: Duration = Duration::from_secs(10);
/// What a call keeps back to put its answer together.
const RESERVE: SignedDuration = SignedDuration::from_secs(20);

/// Searches, or goes on with a search that an earlier call of this thread began. It ends before `until`.
pub fn search(tenant: &mut Tenant<'_>, case: &Case, until: Timestamp, outside: &mut dyn Outside) -> Outcome {
    let begin = case.span.from.strftime("%Y-%m-%dT%H:00:00Z").to_string();
    let key = format!("audit-search:{}:{}:{}", tenant.id(), case.user.id, begin.get(..10).unwrap_or_default());
    let id = match outside.recall(&key).filter(|id| !id.is_empty()) {
        Some(id) => id,
        None => {
            let id = start(tenant, case, &begin)?;
            outside.keep(&key, &id);
            id
        }
    };
    let finished = wait(tenant, &id, until - RESERVE);
    // A search that is over, or gone, is not gone on with.
    if !matches!(&finished, Err(gap) if gap.class == Class::Unavailable) {
        outside.keep(&key, "");
    }
    finished?;
    tenant.ask(Ask::list(format!("{QUERIES}/{}/records", encoded(&id))))
}

fn start(tenant: &mut Tenant<'_>, case: &Case, begin: &str) -> Result<String, Gap> {
    let body = json!({
        "displayName": format!("claudetools {}", case.user.id),
        "filterStartDateTime": begin,
        "filterEndDateTime": case.span.to.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "operationFilters": OPERATIONS,
        "userPrincipalNameFilters": [case.user.user_principal_name],
    });
    let reply = tenant.ask(Ask::send("POST", QUERIES, Some(body)))?;
    let id = reply.body.get("id").and_then(Value::as_str).map(str::to_owned);
    id.ok_or_else(|| Gap::new(Class::Malformed, "the search has no id"))
}

fn wait(tenant: &mut Tenant<'_>, id: &str, until: Timestamp) -> Result<(), Gap> {
    loop {
        let reply = tenant.ask(Ask::one(format!("{QUERIES}/{}", encoded(id))))?;
        match reply.body.get("status").and_then(Value::as_str).unwrap_or_default() {
            "succeeded" => return Ok(()),
            "failed" | "cancelled" => {
                return Err(Gap::new(Class::NotFound, "the search of the audit log failed; call again for a new one"));
            }
            _ if tenant.now() >= until => {
                return Err(Gap::new(
                    Class::Unavailable,
                    "the search of the audit log still runs; call again in some minutes, it goes on",
                ));
            }
            _ => tenant.sleep(PAUSE),
        }
    }
}
