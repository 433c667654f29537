//! Cmdlets that change something. Each is announced, or it is not done.

use serde_json::{Value, json};

use super::{Order, Outcome, forbidden, missing};
use crate::answer::{Answer, Content};
use crate::clock;
use crate::microsoft::rule::Rule;
use crate::microsoft::state::State;
use crate::microsoft::tenant::{Row, Tenant, merge};

/// Does a write that was announced.
pub(super) fn answer(
    state: &mut State,
    id: &str,
    order: &Order<'_>,
    write: fn(&mut Tenant, &Order<'_>) -> Result<(), Answer>,
) -> Outcome<Answer> {
    if !state.confirmed(id, order.cmdlet.name, order.parameters) {
        state.problem(format!("exchange: {} {}: nobody confirmed this write", order.cmdlet.name, order.parameters));
        return Err(forbidden());
    }
    let tenant = state.tenants.get_mut(id).ok_or_else(|| missing(id))?;
    write(tenant, order)?;
    let lost = tenant.conduct.lose_answers;
    if let Some(seen) = state.log.last_mut() {
        seen.wrote = true;
    }
    let answer = Answer::json(200, json!({"@adminapi.warnings": [], "value": []}));
    Ok(if lost { Answer { body: Content::Lost, ..answer } } else { answer })
}

/// The rows of this cmdlet's noun that belong to its mailbox.
fn rows<'a>(tenant: &'a mut Tenant, noun: &str) -> &'a mut Vec<Row> {
    tenant.exchange.entry(noun.to_owned()).or_default()
}

fn owner(order: &Order<'_>) -> Option<String> {
    order.mailbox.as_ref().map(|upn| upn.to_lowercase())
}

pub(super) fn mailbox(tenant: &mut Tenant, order: &Order<'_>) -> Result<(), Answer> {
    let owner = owner(order);
    let mut fields = order.parameters.clone();
    if let Some(fields) = fields.as_object_mut() {
        fields.remove("Identity");
    }
    fields["WhenChangedUTC"] = json!(clock::text(time::OffsetDateTime::now_utc()));
    tenant.alter("Mailbox", owner.as_deref(), &fields);
    Ok(())
}

/// The rule of an order, by its identity, its number or its name.
fn find(tenant: &Tenant, order: &Order<'_>) -> Result<usize, Answer> {
    let upn = order.mailbox.as_deref().unwrap_or_default();
    let identity = order.parameters["Identity"].as_str().unwrap_or_default();
    let number = identity.rsplit('\\').next().unwrap_or(identity);
    let is = |rule: &Rule| rule.id.to_string() == number || rule.name == identity;
    let mut rules = tenant.rules.get(upn).into_iter().flatten();
    rules.position(is).ok_or_else(|| missing(identity))
}

fn switch(tenant: &mut Tenant, order: &Order<'_>, enabled: bool) -> Result<(), Answer> {
    let at = find(tenant, order)?;
    let upn = order.mailbox.clone().unwrap_or_default();
    tenant.rules.entry(upn).or_default()[at].enabled = enabled;
    Ok(())
}

pub(super) fn disable_rule(tenant: &mut Tenant, order: &Order<'_>) -> Result<(), Answer> {
    switch(tenant, order, false)
}

pub(super) fn enable_rule(tenant: &mut Tenant, order: &Order<'_>) -> Result<(), Answer> {
    switch(tenant, order, true)
}

pub(super) fn remove_rule(tenant: &mut Tenant, order: &Order<'_>) -> Result<(), Answer> {
    let at = find(tenant, order)?;
    tenant.rules.entry(order.mailbox.clone().unwrap_or_default()).or_default().remove(at);
    Ok(())
}

/// Whom a permission is for: the two nouns call it differently.
fn trustee(order: &Order<'_>) -> (&'static str, Value) {
    let field = if order.cmdlet.noun() == "MailboxPermission" { "User" } else { "Trustee" };
    (field, order.parameters[field].clone())
}

fn rights(order: &Order<'_>) -> Vec<Value> {
    match &order.parameters["AccessRights"] {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    }
}

pub(super) fn ungrant(tenant: &mut Tenant, order: &Order<'_>) -> Result<(), Answer> {
    let (owner, (field, who), rights) = (owner(order), trustee(order), rights(order));
    let rows = rows(tenant, order.cmdlet.noun());
    let is = |row: &Row| row.mailbox == owner && row.value[field] == who;
    let row = rows.iter_mut().find(|row| is(row)).ok_or_else(|| missing(who.as_str().unwrap_or_default()))?;
    let held = row.value["AccessRights"].as_array().cloned().unwrap_or_default();
    let left: Vec<Value> = held.into_iter().filter(|right| !rights.contains(right)).collect();
    merge(&mut row.value, &json!({"AccessRights": left}));
    rows.retain(|row| row.value["AccessRights"].as_array().is_none_or(|rights| !rights.is_empty()));
    Ok(())
}

pub(super) fn grant(tenant: &mut Tenant, order: &Order<'_>) -> Result<(), Answer> {
    let (upn, (field, who)) = (order.mailbox.clone().unwrap_or_default(), trustee(order));
    let alias = upn.split('@').next().unwrap_or_default();
    let mut value = json!({"Identity": alias, "AccessRights": rights(order), "IsInherited": false, "Deny": false});
    value[field] = who;
    tenant.mailbox(order.cmdlet.noun(), &upn, value);
    Ok(())
}

pub(super) fn unblock(tenant: &mut Tenant, order: &Order<'_>) -> Result<(), Answer> {
    let sender = &order.parameters["SenderAddress"];
    let rows = rows(tenant, "BlockedSenderAddress");
    let before = rows.len();
    rows.retain(|row| &row.value["SenderAddress"] != sender);
    if rows.len() < before { Ok(()) } else { Err(missing(sender.as_str().unwrap_or_default())) }
}
