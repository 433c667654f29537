//! Questions that follow from answers: the folders that rules move mail to, the apps that were let in, whom the mailbox forwards to.

use std::collections::BTreeSet;

use claudetools_graph::encode::encoded;
use claudetools_graph::{Ask, Class, Gap, Outcome, Reply, Tenant};
use serde_json::{Value, json};

use super::case::Case;
use super::source::{Source, Whom};
use crate::reach::Reach;

/// The most apps that are looked up: a user seldom has let in more.
const APPS: usize = 12;
/// The most folders that are looked up: those that rules move mail to.
const FOLDERS: usize = 4;

/// What is asked of an app.
const APP: &str = "$select=appId,appDisplayName,displayName,publisherName,verifiedPublisher,appOwnerOrganizationId,createdDateTime,accountEnabled,replyUrls,tags";

/// Settles the questions that do not follow: those to which an answer gives no cause, and those whose cause did not come.
pub fn settle(case: &mut Case) {
    let follow = [
        (Source::GraphRules, Source::Folders, folder_ids(case).is_empty()),
        (Source::Grants, Source::Apps, app_ids(case).is_empty()),
        (Source::Mailbox, Source::Recipient, forwarded_to(case).is_none()),
    ];
    for (cause, source, nothing) in follow {
        match case.answers.get(&cause) {
            Some(Ok(_)) if nothing => drop(case.answers.entry(source).or_insert(Ok(Reply::default()))),
            Some(Err(gap)) => {
                let gap = gap.clone();
                case.answers.entry(source).or_insert(Err(gap));
            }
            _ => {}
        }
    }
}

/// The folders that rules move mail to.
fn folder_ids(case: &Case) -> BTreeSet<String> {
    let target = |rule: &Value| rule.pointer("/actions/moveToFolder")?.as_str().map(str::to_owned);
    case.items(Source::GraphRules).iter().filter_map(target).filter(|id| !id.is_empty()).collect()
}

/// The service principals that the user let in.
fn app_ids(case: &Case) -> BTreeSet<String> {
    case.items(Source::Grants).iter().filter_map(|grant| grant["clientId"].as_str().map(str::to_owned)).collect()
}

/// Somebody of the directory to whom the mailbox forwards.
fn forwarded_to(case: &Case) -> Option<String> {
    let target =
        |mailbox: &Value| mailbox["ForwardingAddress"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    case.items(Source::Mailbox).iter().find_map(target)
}

/// Asks what follows.
pub fn ask(tenant: &mut Tenant<'_>, case: &mut Case, whom: &Whom, reach: &Reach) {
    for source in [Source::Folders, Source::Apps, Source::Recipient] {
        if !case.answers.contains_key(&source) {
            let outcome = source.may(reach).and_then(|()| asked(source, tenant, case, whom));
            case.answers.insert(source, outcome);
        }
    }
}

fn asked(source: Source, tenant: &mut Tenant<'_>, case: &mut Case, whom: &Whom) -> Outcome {
    match source {
        Source::Folders => folders(tenant, case, whom),
        Source::Apps => apps(tenant, case),
        _ => recipient(tenant, case, whom),
    }
}

fn folders(tenant: &mut Tenant<'_>, case: &mut Case, whom: &Whom) -> Outcome {
    let ids: Vec<String> = folder_ids(case).into_iter().take(FOLDERS).collect();
    let asks: Vec<Ask> = ids.iter().map(|id| whom.folder(id)).collect();
    for (id, outcome) in ids.into_iter().zip(tenant.batch(&asks)) {
        let Ok(reply) = outcome else { continue };
        let named = reply.body["wellKnownName"].as_str().filter(|name| !name.is_empty());
        if let Some(name) = named.or_else(|| reply.body["displayName"].as_str()) {
            case.folders.insert(id, name.to_owned());
        }
    }
    Ok(Reply::default())
}

fn apps(tenant: &mut Tenant<'_>, case: &mut Case) -> Outcome {
    let all = app_ids(case);
    let truncated = all.len() > APPS;
    let ids: Vec<String> = all.into_iter().take(APPS).collect();
    let asks: Vec<Ask> =
        ids.iter().map(|id| Ask::one(format!("/v1.0/servicePrincipals/{}?{APP}", encoded(id)))).collect();
    let mut missing: Option<Gap> = None;
    for (id, outcome) in ids.into_iter().zip(tenant.batch(&asks)) {
        match outcome {
            Ok(reply) => drop(case.apps.insert(id, Some(reply.body))),
            Err(gap) if gap.class == Class::NotFound => drop(case.apps.insert(id, None)),
            Err(gap) => missing = Some(gap),
        }
    }
    missing.map_or_else(|| Ok(Reply { truncated, ..Reply::default() }), Err)
}

fn recipient(tenant: &mut Tenant<'_>, case: &mut Case, whom: &Whom) -> Outcome {
    let name = forwarded_to(case).unwrap_or_default();
    tenant.ask(whom.exchange.about_organization("Get-Recipient", json!({ "Identity": name })))
}
