//! Exchange: InvokeCommand and the Admin API, which take the same envelope.

mod cmdlets;
mod reads;
mod writes;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::apps::{Audience, ExchangeRole};
use super::conduct::Throttled;
use super::graph::spoil;
use super::state::{State, Token};
use super::tenant::Tenant;
use crate::answer::{Answer, Content};
use crate::call::Call;
use cmdlets::{Cmdlet, Does};

/// The mailbox that a request is anchored to which is of no mailbox of its own.
const SYSTEM: &str = "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

/// What is refused: its answer.
type Outcome<T> = Result<T, Answer>;

/// A cmdlet that is let in.
struct Order<'a> {
    cmdlet: &'static Cmdlet,
    /// Its parameters, an object.
    parameters: &'a Value,
    /// The principal name of the mailbox that it is about.
    mailbox: Option<String>,
}

/// Answers one request.
pub(super) fn answer(state: &mut State, call: &Call) -> Answer {
    serve(state, call).unwrap_or_else(|refused| refused)
}

fn serve(state: &mut State, call: &Call) -> Outcome<Answer> {
    let parts: Vec<&str> = call.path.split('/').skip(2).collect();
    let [version, tenant, resource] = parts[..] else {
        return Err(wrong(state, call, "there is no such endpoint"));
    };
    let token = authenticate(state, call, tenant)?;
    available(state, call, tenant)?;
    let permission = match (version, resource) {
        ("beta", "InvokeCommand") => "Exchange.ManageAsApp",
        ("v2.0", _) => "Exchange.ManageAsAppV2",
        _ => return Err(wrong(state, call, "there is no such endpoint")),
    };
    if !token.roles.iter().any(|role| role == permission) {
        return Err(forbidden());
    }
    let input = envelope(state, call)?;
    let name = input["CmdletName"].as_str().unwrap_or_default();
    let cmdlet =
        cmdlets::find(name).ok_or_else(|| wrong(state, call, &format!("`{name}` is no cmdlet of the fake")))?;
    if version == "v2.0" && !cmdlet.is_of(resource) {
        return Err(wrong(state, call, &format!("`{name}` is not of the Admin API's {resource}")));
    }
    role(state, &token, cmdlet)?;
    let order = order(state, call, tenant, cmdlet, &input["Parameters"])?;
    let answer = match cmdlet.does {
        Does::Read(_) => reads::answer(state, call, tenant, &order)?,
        Does::Write(write) => writes::answer(state, tenant, &order, write)?,
    };
    let spoilt = state.tenants.get(tenant).and_then(|tenant| tenant.conduct.spoils(cmdlet.name));
    Ok(if matches!(answer.body, Content::Json(_)) { spoil(answer, spoilt) } else { answer })
}

fn authenticate(state: &mut State, call: &Call, tenant: &str) -> Outcome<Token> {
    let refuse = || Answer::json(401, json!({"error": {"code": "Unauthorized", "message": "The token is not valid."}}));
    let Some(token) = state.tokens.get(call.bearer()).cloned() else {
        return Err(refuse());
    };
    if token.audience != Audience::Exchange {
        state.problem(format!("exchange: a token for {:?}", token.audience));
        return Err(refuse());
    }
    if token.tenant != tenant || token.tenant != token.asked {
        state.problem(format!("exchange: a token of {} for the tenant {tenant}", token.tenant));
        return Err(refuse());
    }
    if token.until < OffsetDateTime::now_utc() { Err(refuse()) } else { Ok(token) }
}

fn available(state: &mut State, call: &Call, tenant: &str) -> Outcome<()> {
    let Some(tenant) = state.tenants.get_mut(tenant) else {
        return Err(forbidden());
    };
    let conduct = &mut tenant.conduct;
    if conduct.exchange_down {
        let body = json!({"error": {"code": "ServiceUnavailable", "message": "The server is currently unavailable."}});
        return Err(Answer::json(503, body).header("retry-after", conduct.retry_after.to_string()));
    }
    let refused = || Answer::json(429, json!({"error": {"code": "TooManyRequests", "message": "Too many requests"}}));
    match conduct.throttle(&format!("{} {}", call.path, call.text)) {
        Throttled::Pass => Ok(()),
        Throttled::Wait(None) => Err(refused()),
        Throttled::Wait(Some(seconds)) => Err(refused().header("retry-after", seconds.to_string())),
        Throttled::Impatient(seconds) => {
            state.problem(format!("exchange: {}: sent again before Retry-After was over", call.text));
            Err(refused().header("retry-after", seconds.to_string()))
        }
    }
}

fn envelope<'a>(state: &mut State, call: &'a Call) -> Outcome<&'a Value> {
    let input = &call.body["CmdletInput"];
    if call.method != "POST" || !call.header("content-type").starts_with("application/json") {
        return Err(wrong(state, call, "it is no POST of JSON"));
    }
    if !input["CmdletName"].is_string() || !input.get("Parameters").is_none_or(Value::is_object) {
        return Err(wrong(state, call, "the body is no `CmdletInput` with `CmdletName` and `Parameters`"));
    }
    Ok(input)
}

/// What the service principal's role lets it do.
fn role(state: &State, token: &Token, cmdlet: &Cmdlet) -> Outcome<()> {
    let role = state.app(token.app).map_or(ExchangeRole::ViewOnly, |app| app.exchange_role);
    let allowed = match (role, &cmdlet.does) {
        (ExchangeRole::Administrator, _) => true,
        (ExchangeRole::Reader, Does::Read(_)) => true,
        (ExchangeRole::ViewOnly, Does::Read(_)) => cmdlet.name != "Get-InboxRule",
        (_, Does::Write(_)) => false,
    };
    if allowed { Ok(()) } else { Err(forbidden()) }
}

/// The cmdlet with its parameters, each of which it must know, and its mailbox, to which the request is anchored.
fn order<'a>(
    state: &mut State,
    call: &Call,
    tenant: &str,
    cmdlet: &'static Cmdlet,
    parameters: &'a Value,
) -> Outcome<Order<'a>> {
    let given = parameters.as_object().into_iter().flatten();
    if let Some((name, _)) = given.into_iter().find(|(name, _)| !cmdlet.takes(name)) {
        let why = format!("A parameter cannot be found that matches parameter name '{name}'.");
        return Err(wrong(state, call, &why));
    }
    let named = cmdlet.mailbox.and_then(|name| parameters[name].as_str()).map(str::to_owned);
    if named.is_none() && cmdlet.needs_mailbox() {
        let name = cmdlet.mailbox.unwrap_or_default();
        return Err(wrong(state, call, &format!("`{}` needs `{name}`", cmdlet.name)));
    }
    anchored(state, call, tenant, named.as_deref())?;
    let mailbox = match (named, state.tenants.get(tenant)) {
        (Some(named), Some(tenant)) if cmdlet.noun() != "Recipient" => {
            Some(mailbox(tenant, &named).ok_or_else(|| missing(&named))?)
        }
        _ => None,
    };
    Ok(Order { cmdlet, parameters, mailbox })
}

/// A request says where it is to be served: at a mailbox of the tenant, or at the system's.
fn anchored(state: &mut State, call: &Call, id: &str, named: Option<&str>) -> Outcome<()> {
    let anchor = call.header("x-anchormailbox").to_lowercase();
    let anchor = anchor.strip_prefix("upn:").unwrap_or(&anchor);
    let known = state.tenants.get(id).is_some_and(|tenant| mailbox(tenant, anchor).is_some());
    let asked = named.is_some_and(|named| named.eq_ignore_ascii_case(anchor));
    if known || asked || anchor == format!("{SYSTEM}@{id}").to_lowercase() {
        return Ok(());
    }
    Err(wrong(state, call, &format!("`X-AnchorMailbox: {anchor}` is neither a mailbox nor the system's")))
}

/// The principal name of a mailbox by its principal name, address, alias or object id; a folder behind it is left.
fn mailbox(tenant: &Tenant, identity: &str) -> Option<String> {
    let identity = identity.split(":\\").next().unwrap_or(identity);
    let fields = ["UserPrincipalName", "PrimarySmtpAddress", "Alias", "ExternalDirectoryObjectId"];
    let rows = tenant.exchange.get("Mailbox")?;
    let is = |value: &Value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(identity));
    let row = rows.iter().find(|row| fields.iter().any(|field| is(&row.value[*field])))?;
    row.value["UserPrincipalName"].as_str().map(str::to_owned)
}

/// What no right client sends: an error, and a problem.
fn wrong(state: &mut State, call: &Call, why: &str) -> Answer {
    state.problem(format!("exchange: {} {}: {why}", call.path, call.body["CmdletInput"]["CmdletName"]));
    Answer::json(400, json!({"error": {"code": "BadRequest", "message": why, "details": [{"message": why}]}}))
}

fn forbidden() -> Answer {
    let why = "The role assigned to application isn't supported in this scenario.";
    let body = json!({
        "code": "Forbidden", "message": "The user does not have the required role", "details": [{"message": why}],
    });
    Answer::json(403, json!({"error": body}))
}

/// There is nothing of this name; Exchange says so in its third way.
fn missing(identity: &str) -> Answer {
    let why = format!("The operation couldn't be performed because object '{identity}' couldn't be found.");
    let inner = json!({"message": "Error executing cmdlet", "internalException": {"message": why}});
    Answer::json(
        404,
        json!({"error": {"code": "NotFound", "message": "Error executing request.", "innererror": inner}}),
    )
}
