//! One call: whose tenant, whether the app may, the plan, the change, the report.

use claudetools_graph::{Network, Places, Service, Tenant};
use claudetools_kit::{Failure, Invocation, Output, artifact, client, input, log};
use serde_json::Value;

use crate::input::Input;
use crate::plan::Action;
use crate::{actions, report, run};

/// The secrets that the host adds to what is sent to each service.
const GRAPH: &str = "m365-remediate";
const EXCHANGE: &str = "m365-exo-remediate";

pub(crate) fn call(invocation: &Invocation) -> Result<Output, Failure> {
    let action = actions::of(&invocation.tool)
        .ok_or_else(|| Failure::Internal(format!("there is no tool {}", invocation.tool)))?;
    let input: Input = input(invocation)?;
    let client = client::choose(input.client.as_deref())?;
    let facts: Value = serde_json::from_str(&client.facts).unwrap_or_default();
    let Some(id) = facts["tenant"].as_str() else {
        return Err(Failure::Invalid(format!(
            "the client {} has no tenant of Microsoft 365; an operator writes it into [client.{0}] of plugins.toml",
            client.name
        )));
    };
    permitted(action, input.hidden)?;
    let mut network = Network::default();
    let mut tenant = Tenant::new(&mut network, Places::configured(), id);
    changed(&mut tenant, action, &input, &client.name, facts["time_zone"].as_str().unwrap_or("UTC"))
}

/// Whether the app may do it at all: nobody is asked for a yes to something that cannot be.
fn permitted(action: &Action, hidden: bool) -> Result<(), Failure> {
    let exchange = hidden || action.needs == crate::plan::EXCHANGE;
    let (secret, needs) = if exchange { (EXCHANGE, crate::plan::EXCHANGE) } else { (GRAPH, action.needs) };
    let has = client::permissions(secret)?;
    if needs.iter().any(|need| has.iter().any(|one| one == need)) {
        return Ok(());
    }
    Err(Failure::Refused(format!(
        "the app of the secret `{secret}` lacks {} in this tenant, so that it cannot {}; grant it there and consent to it",
        needs.join(" or "),
        action.does
    )))
}

/// Plans, changes and reports, in a tenant that is known.
pub(crate) fn changed(
    tenant: &mut Tenant<'_>,
    action: &Action,
    input: &Input,
    client: &str,
    zone: &str,
) -> Result<Output, Failure> {
    let plan = (action.plan)(tenant, input)?;
    let ended = run::run(tenant, action.tool, &plan);
    let at = tenant.now();
    let record = report::record(action, &plan, &ended, at, tenant.id());
    let name = format!("{}_{client}_{}.json", action.tool, at.strftime("%Y%m%dT%H%M%SZ"));
    let bytes = format!("{record:#}\n").into_bytes();
    if let Err(refusal) = artifact::offer(&name, "application/json", &bytes) {
        log::write(log::Level::Warn, &format!("the record of the change was not kept: {}", refusal.message));
    }
    let text = report::text(action, &plan, &ended, at, zone);
    let service = if plan.write.service() == Service::Exchange { "Exchange" } else { "Graph" };
    Ok(Output::text(format!("{text}\n\nclient {client} · tenant {} · {service}", tenant.id()))
        .summary(format!("To {}", action.does)))
}
