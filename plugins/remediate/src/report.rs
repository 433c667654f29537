//! What came of a change, for the technician and for the record.

use claudetools_graph::jiff::Timestamp;
use claudetools_graph::text::shown;
use claudetools_graph::time;
use serde_json::{Value, json};

use crate::plan::{Action, Plan};
use crate::run::Ended;

/// The longest value of a state that is shown; the record has it whole.
const LONGEST: usize = 200;

/// What is told.
pub(crate) fn text(action: &Action, plan: &Plan, ended: &Ended, at: Timestamp, zone: &str) -> String {
    let mut lines = vec![headline(action, plan, ended), format!("Before: {}", state(&plan.before))];
    lines.extend(after(ended).map(|now| format!("Read back: {}", state(now))));
    lines.push(format!("At {}", time::shown(at, &time::zone(zone))));
    if matches!(ended, Ended::Done(_) | Ended::NotYet(_) | Ended::Unknown(_)) {
        lines.extend(plan.undo.as_ref().map(|undo| format!("To take it back: {undo}")));
        lines.extend(plan.notes.iter().map(|note| format!("Note: {note}")));
    }
    lines.join("\n")
}

fn headline(action: &Action, plan: &Plan, ended: &Ended) -> String {
    let (does, target) = (action.does, &plan.target);
    match ended {
        Ended::Already => format!("**Nothing to do** to {does}: {target} is so already. Nothing was sent."),
        Ended::Done(_) => format!("**Done:** {does}: {target}. It was read back."),
        Ended::Refused(gap) => {
            format!("**Refused by Microsoft:** to {does}: {target}: {}. Nothing was changed.", gap.detail)
        }
        Ended::NotYet(_) => format!(
            "**Not seen yet:** to {does}: {target}: Microsoft took the change, and it does not show yet. Look again in a few \
             minutes before anything is repeated."
        ),
        Ended::Lost(gap, _) => format!(
            "**Not done:** to {does}: {target}: the answer was lost ({}), and what was read back shows no change. It was not \
             sent again; look again in a few minutes.",
            gap.detail
        ),
        Ended::Unknown(gap) => format!(
            "**Unknown:** to {does}: {target}: it was sent, and nobody can say whether it happened ({}). It was not sent again; \
             look before anything is repeated.",
            gap.detail
        ),
    }
}

fn after(ended: &Ended) -> Option<&Value> {
    match ended {
        Ended::Done(now) | Ended::NotYet(now) | Ended::Lost(_, now) => Some(now),
        Ended::Already | Ended::Refused(_) | Ended::Unknown(_) => None,
    }
}

/// `accountEnabled = true`; harmless.
fn state(value: &Value) -> String {
    let Value::Object(fields) = value else { return "not there".into() };
    let field = |(name, value): (&String, &Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{} = `{}`", shown(name), shown(&text.chars().take(LONGEST).collect::<String>()))
    };
    fields.iter().filter(|(_, value)| !value.is_null()).map(field).collect::<Vec<_>>().join(", ")
}

/// What is kept: enough to take it back, and to show later what was done.
pub(crate) fn record(action: &Action, plan: &Plan, ended: &Ended, at: Timestamp, tenant: &str) -> Value {
    let state = match ended {
        Ended::Already => "already",
        Ended::Done(_) => "done",
        Ended::Refused(_) => "refused",
        Ended::NotYet(_) => "not-seen-yet",
        Ended::Lost(..) => "not-done",
        Ended::Unknown(_) => "unknown",
    };
    json!({
        "schema": "remediation/1", "tenant": tenant, "action": action.tool, "target": plan.target, "at": at.to_string(),
        "ended": state, "before": plan.before, "after": after(ended), "undo": plan.undo,
    })
}
