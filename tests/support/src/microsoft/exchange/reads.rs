//! Cmdlets that read.

use serde_json::{Value, json};

use super::{Order, Outcome, missing};
use crate::answer::Answer;
use crate::call::Call;
use crate::microsoft::exchange::cmdlets::Does;
use crate::microsoft::state::State;
use crate::microsoft::tenant::Tenant;

/// How many come where the client does not say.
const USUAL: usize = 1000;

/// Answers with a page of what is asked.
pub(super) fn answer(state: &mut State, call: &Call, id: &str, order: &Order<'_>) -> Outcome<Answer> {
    let Does::Read(read) = order.cmdlet.does else {
        return Err(missing(order.cmdlet.name));
    };
    let tenant = state.tenants.get(id).ok_or_else(|| missing(id))?;
    let all = match read(tenant, order) {
        Err(refused) if refused.status == 400 => {
            return Err(super::wrong(state, call, "the filter is not understood"));
        }
        all => all?,
    };
    let paged = tenant.conduct.paged;
    let context = format!("{}/adminapi/beta/{id}/$metadata#Collection(Exchange.GenericHashTable)", state.base);
    let (value, next) = cut(state, call, all, paged)?;
    let mut body = json!({"@odata.context": context, "@adminapi.warnings": [], "value": value});
    if let Some(next) = next {
        body["@odata.nextLink"] = json!(next);
    }
    Ok(Answer::json(200, body))
}

/// The page that is asked, and the link to the next, which takes the same body.
fn cut(state: &mut State, call: &Call, all: Vec<Value>, paged: bool) -> Outcome<(Vec<Value>, Option<String>)> {
    let asked = format!("{} {}", call.path, call.text);
    let prefer = call.header("prefer").split_once("odata.maxpagesize=");
    let size = prefer.and_then(|(_, size)| size.trim().parse().ok()).unwrap_or(USUAL).max(1);
    let size = if paged && all.len() >= 3 { all.len().div_ceil(3).min(size) } else { size };
    let from = match call.param("$skiptoken") {
        None => 0,
        Some(token) => match state.pages.get(token) {
            Some(page) if page.request == asked => page.from,
            _ => return Err(super::wrong(state, call, "the `$skiptoken` is of no page that was promised")),
        },
    };
    let until = (from + size).min(all.len());
    let start = if paged && from > 0 { from - 1 } else { from };
    let next = (until < all.len()).then(|| {
        let token = state.promise(asked, until);
        format!("{}{}?$skiptoken={token}", state.base, call.path)
    });
    Ok((all.get(start..until).unwrap_or_default().to_vec(), next))
}

fn rows<'a>(tenant: &'a Tenant, order: &Order<'_>) -> impl Iterator<Item = &'a Value> {
    let mailbox = order.mailbox.as_ref().map(|upn| upn.to_lowercase());
    let all = tenant.exchange.get(order.cmdlet.noun()).into_iter().flatten();
    all.filter(move |row| mailbox.is_none() || row.mailbox == mailbox).map(|row| &row.value)
}

/// What is the organisation's, all of it.
pub(super) fn organisation(tenant: &Tenant, order: &Order<'_>) -> Outcome<Vec<Value>> {
    Ok(rows(tenant, order).cloned().collect())
}

/// What belongs to a mailbox, or to every one.
pub(super) fn mailbox(tenant: &Tenant, order: &Order<'_>) -> Outcome<Vec<Value>> {
    organisation(tenant, order)
}

pub(super) fn rules(tenant: &Tenant, order: &Order<'_>) -> Outcome<Vec<Value>> {
    let upn = order.mailbox.clone().unwrap_or_default();
    let hidden = order.parameters["IncludeHidden"] == true;
    let rules = tenant.rules.get(&upn).into_iter().flatten().filter(|rule| hidden || !rule.hidden);
    Ok(rules.zip(0..).map(|(rule, priority)| rule.exchange(&upn, priority)).collect())
}

/// Mailboxes: one, those of a kind, those that fit the one filter that is documented.
pub(super) fn mailboxes(tenant: &Tenant, order: &Order<'_>) -> Outcome<Vec<Value>> {
    let named = order.parameters["Filter"].as_str().map(filter).transpose()?;
    let kind = order.parameters["RecipientTypeDetails"].as_str();
    let fits = |row: &&Value| {
        let forwards = named.as_ref().is_none_or(|names| names.iter().any(|name| !row[name].is_null()));
        forwards && kind.is_none_or(|kind| row["RecipientTypeDetails"] == kind)
    };
    Ok(rows(tenant, order).filter(fits).cloned().collect())
}

/// The properties of `A -ne $null -or B -ne $null`.
fn filter(text: &str) -> Outcome<Vec<String>> {
    let one = |part: &str| match part.split_whitespace().collect::<Vec<_>>().as_slice() {
        [name, "-ne", "$null" | "'$null'"] => Some((*name).to_owned()),
        _ => None,
    };
    let names: Option<Vec<String>> = text.split(" -or ").map(one).collect();
    names.ok_or_else(|| Answer::json(400, Value::Null))
}

/// A recipient by its name or address.
pub(super) fn recipient(tenant: &Tenant, order: &Order<'_>) -> Outcome<Vec<Value>> {
    let Some(identity) = order.parameters["Identity"].as_str() else {
        return organisation(tenant, order);
    };
    let fields = ["Name", "PrimarySmtpAddress", "Identity"];
    let is = |row: &&Value| fields.iter().any(|f| row[f].as_str().is_some_and(|t| t.eq_ignore_ascii_case(identity)));
    let found: Vec<Value> = rows(tenant, order).filter(is).cloned().collect();
    if found.is_empty() { Err(missing(identity)) } else { Ok(found) }
}

/// The permissions of a folder, such as `somebody@contoso.example:\Inbox`.
pub(super) fn folder(tenant: &Tenant, order: &Order<'_>) -> Outcome<Vec<Value>> {
    let identity = order.parameters["Identity"].as_str().unwrap_or_default();
    let name = identity.split_once(":\\").map_or("", |(_, name)| name);
    let found: Vec<Value> = rows(tenant, order).filter(|row| row["FolderName"] == name).cloned().collect();
    if found.is_empty() { Err(missing(identity)) } else { Ok(found) }
}

pub(super) fn blocked(tenant: &Tenant, order: &Order<'_>) -> Outcome<Vec<Value>> {
    let sender = order.parameters["SenderAddress"].as_str();
    let is = |row: &&Value| sender.is_none_or(|sender| row["SenderAddress"] == sender);
    Ok(rows(tenant, order).filter(is).cloned().collect())
}

pub(super) fn roles(tenant: &Tenant, order: &Order<'_>) -> Outcome<Vec<Value>> {
    let role = order.parameters["Role"].as_str();
    Ok(rows(tenant, order).filter(|row| role.is_none_or(|role| row["Role"] == role)).cloned().collect())
}
