//! What must hold of a call's answer and of its rows in the audit.

use claudetools_agent::message::View;
use claudetools_agent::tools::ToolResult;
use claudetools_ledger::Row as AuditRow;
use claudetools_tests::company::Company;

use crate::row::Row;

pub type Check = Result<(), String>;

/// How a call ended, in one word.
pub fn outcome(result: &ToolResult) -> String {
    match result.code {
        Some(code) => code.to_string(),
        None if result.is_error => "error".into(),
        None => "ok".into(),
    }
}

/// Whether it is one of what is expected.
pub fn is_expected(got: &str, expected: &str) -> bool {
    expected.split(" or ").any(|expected| expected == got)
}

/// The answer is the one the row expects.
pub fn answer(row: &Row, result: &ToolResult) -> Check {
    let (got, text) = (outcome(result), shown(result));
    if !is_expected(&got, &row.expect) {
        return Err(format!("expected {}, got {got}: {text:.2000}", row.expect));
    }
    if let Some(missing) = row.text.iter().find(|wanted| !text.contains(wanted.as_str())) {
        return Err(format!("the answer lacks {missing:?}: {text:.2000}"));
    }
    let seen = format!("{text}{}", result.summary);
    if let Some(leak) = row.never_in_line.iter().find(|never| result.summary.contains(never.as_str())) {
        return Err(format!("the line that people see holds {leak:?}: {:?}", result.summary));
    }
    match row.never.iter().find(|never| seen.contains(never.as_str())) {
        Some(leak) => Err(format!("the answer holds {leak:?}: {seen:.2000}")),
        None => Ok(()),
    }
}

/// What a model reads of a result.
pub fn shown(result: &ToolResult) -> String {
    let text = |view: View| if let View::Text(text) = view { text } else { String::new() };
    result.content.iter().map(|block| text(block.view())).collect::<Vec<_>>().join("\n")
}

/// The audit's chain holds; what it says of the call of this tool since row `since` is the row of its end and at most the one
/// of its beginning, and only the end has the code.
pub async fn audit(company: &Company, since: i64, tool: &str, result: &ToolResult, wanted: &[String]) -> Check {
    company.ledger.verify_audit().await.map_err(|error| error.to_string())?;
    let rows = company.ledger.audit(since, 100).await.map_err(|error| error.to_string())?;
    let call = format!("\"call\":\"toolu_{tool}\"");
    let of_call =
        |row: &&AuditRow| row.detail.contains(&call) && (row.kind.starts_with("tool.") || row.kind == "refusal");
    let rows: Vec<&AuditRow> = rows.iter().filter(of_call).collect();
    let said = || rows.iter().map(|row| format!("{} {}", row.kind, row.detail)).collect::<Vec<_>>().join("\n");
    let codes = rows.iter().map(|row| code(row)).collect::<Vec<_>>();
    let expected = result.code.map(|code| code.to_string());
    let in_order = match rows.as_slice() {
        [refusal] => refusal.kind == "refusal" && expected.is_some() && codes == [expected],
        [intent, outcome] => {
            intent.kind == "tool.intent" && outcome.kind == "tool.outcome" && codes == [None, expected]
        }
        _ => false,
    };
    if !in_order {
        return Err(format!("the audit does not say {:?} once:\n{}", result.code, said()));
    }
    match wanted.iter().find(|wanted| !rows.iter().any(|row| row.detail.contains(wanted.as_str()))) {
        Some(missing) => Err(format!("the audit lacks {missing:?}:\n{}", said())),
        None => Ok(()),
    }
}

fn code(row: &AuditRow) -> Option<String> {
    let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
    detail["code"].as_str().map(str::to_owned)
}

/// The number of the newest row.
pub async fn newest(company: &Company) -> Result<i64, String> {
    let newest = company.ledger.newest_audit(1).await.map_err(|error| error.to_string())?;
    Ok(newest.first().map_or(0, |row| row.seq))
}
