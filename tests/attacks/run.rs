//! Runs one row.

use std::time::{Duration, Instant};

use claudetools_agent::tools::ToolResult;
use claudetools_tests::company::{Company, Places};

use crate::row::{Row, json};
use crate::{check, setup};

type Result<T> = std::result::Result<T, String>;

/// How long any call may take before the test counts it as hanging.
const HANGS: Duration = Duration::from_secs(60);

/// Runs a row: its control, the attack, every check. Answers the row of the table of results.
pub fn run(row: &Row) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(attack(row))
}

async fn attack(row: &Row) -> Result<String> {
    let text = |error: Box<dyn std::error::Error>| error.to_string();
    let places = Places::new().map_err(|error| error.to_string())?;
    let flips = setup::repository(&places, row).map_err(text)?;
    let policy = setup::policy(&places, row.tamper.as_ref()).map_err(text)?;
    let company = Company::open(&places, &policy).await.map_err(text)?;
    quarantined(row, &company)?;
    let before: Vec<_> = row
        .unchanged
        .iter()
        .map(|path| (path.clone(), std::fs::read(places.path("repo").join(path)).unwrap_or_default()))
        .collect();
    let descriptors = settled(&company).await?;

    let started = Instant::now();
    let mut got = String::new();
    for input in row.json_inputs() {
        for _ in 0..row.repeat {
            let result = call(&company, &row.tool, &input, &row.roles).await?;
            check::answer(row, &result).map_err(|why| format!("{why}\ninput: {:.200}", input))?;
            check::audit(&company, &result).await?;
            got = result.code.map_or_else(
                || {
                    if result.is_error { "error".into() } else { "ok".into() }
                },
                |code| code.to_string(),
            );
        }
    }
    let elapsed = started.elapsed();
    drop(flips);
    check::world(row, &places, &before)?;
    check::nothing_left(&places, &descriptors).await?;
    answers(&company).await?;
    control(row, &company).await?;
    Ok(format!("| {} | {} | {} | {got} | {} |\n", row.id, row.what, row.expect, elapsed.as_millis()))
}

/// The nearest legal call succeeds in the same company.
async fn control(row: &Row, company: &Company) -> Result<()> {
    let control = &row.control;
    let result = call(company, &control.tool, &json(&control.input), &["tech".to_owned()]).await?;
    let shown = check::shown(&result);
    if result.is_error || !shown.contains(&control.text) {
        return Err(format!("the control failed: {shown}"));
    }
    Ok(())
}

/// How many descriptors are open once the ledger's connections and the runtime's threads are.
async fn settled(company: &Company) -> Result<Vec<String>> {
    for _ in 0..8 {
        tokio::try_join!(answers(company), answers(company), answers(company), answers(company))?;
        company.ledger.newest_audit(1).await.map_err(|error| error.to_string())?;
    }
    Ok(check::descriptors())
}

/// Another plugin answers.
async fn answers(company: &Company) -> Result<()> {
    let result = call(company, "say", r#"{"text":"here"}"#, &["tech".to_owned()]).await?;
    if result.is_error { Err(format!("another plugin does not answer: {}", check::shown(&result))) } else { Ok(()) }
}

async fn call(company: &Company, tool: &str, input: &str, roles: &[String]) -> Result<ToolResult> {
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let result = tokio::time::timeout(HANGS, company.call(tool, input, &roles)).await;
    result.map_err(|_| format!("{tool} hangs"))
}

/// A plugin that the row wants in quarantine is there, for this reason, and its strings are not offered.
fn quarantined(row: &Row, company: &Company) -> Result<()> {
    use claudetools_agent::tools::Tools as _;
    let Some(reason) = &row.reason else {
        let unexpected = company.catalog.quarantine.iter().find(|waiting| waiting.name != "evil-import");
        return unexpected.map_or(Ok(()), |waiting| Err(format!("in quarantine: {waiting:?}")));
    };
    let found = company
        .catalog
        .quarantine
        .iter()
        .flat_map(|waiting| &waiting.reasons)
        .any(|refusal| refusal.code.as_str() == reason);
    if !found {
        return Err(format!("nothing is in quarantine for {reason}: {:?}", company.catalog.quarantine));
    }
    match company.toolbox.offered().iter().any(|tool| tool.name == row.tool) {
        true => Err(format!("the model is shown `{}` of a plugin in quarantine", row.tool)),
        false => Ok(()),
    }
}
