//! A tool call as one line that opens.

use serde_json::{Map, Value};

use crate::escape::{attribute, shortened, text};
use crate::item::{Outcome, Phase, Tool};

/// Longest argument on the line itself, in characters.
const ARGUMENT: usize = 120;

/// Longest value of the input, in characters: a whole file may be one.
const VALUE: usize = 6_000;

/// Longest output, in characters. The model was given all of it; a page with a hundred calls should stay light.
const OUTPUT: usize = 12_000;

/// What says most about a call, in this order, where its input has it.
const TELLING: [&str; 10] =
    ["file_path", "notebook_path", "pattern", "command", "query", "skill", "url", "path", "description", "prompt"];

/// The call as a `details` element.
pub(crate) fn html(tool: &Tool) -> String {
    let input: Map<String, Value> = serde_json::from_str(&tool.input).unwrap_or_default();
    let (class, word) = match &tool.phase {
        Phase::Runs { .. } => ("runs", "Running"),
        Phase::Done(_) => ("done", "Done"),
        Phase::Failed(_) => ("failed", "Failed"),
        Phase::Interrupted => ("interrupted", "Interrupted"),
    };
    format!(
        "<details class=\"tool {class}\"><summary><span class=\"mark\" aria-hidden=\"true\"></span>\
         <span class=\"sr\">{word}: </span><b>{name}</b> <code>{argument}</code>{after}</summary>\
         <div class=\"tool-body\">{input}{output}</div></details>",
        name = text(&tool.name),
        argument = text(&shortened(&argument(&input), ARGUMENT)),
        after = after(&tool.phase),
        input = fields(&input),
        output = output(tool),
    )
}

/// What follows the name: the running line and its timer, or the summary and the time it took.
fn after(phase: &Phase) -> String {
    match phase {
        Phase::Runs { since, line } => {
            format!("<span class=\"summary\">{}</span><span class=\"took\" data-since=\"{since}\"></span>", text(line))
        }
        Phase::Done(Outcome { summary, took }) | Phase::Failed(Outcome { summary, took }) => {
            let took = took.map(|ms| format!("<span class=\"took\">{}</span>", seconds(ms))).unwrap_or_default();
            format!("<span class=\"summary\">{}</span>{took}", text(&shortened(summary, 200)))
        }
        Phase::Interrupted => "<span class=\"summary\">interrupted</span>".into(),
    }
}

/// `0.4 s`, `12 s`, `3 min 5 s`: as the page's own timer writes it.
fn seconds(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{:.1} s", ms as f64 / 1000.0),
        10_000..60_000 => format!("{} s", ms / 1000),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    }
}

fn argument(input: &Map<String, Value>) -> String {
    let telling = TELLING.iter().find_map(|name| input.get(*name)?.as_str());
    let any = || input.values().find_map(Value::as_str);
    let line = telling.or_else(any).unwrap_or_default().trim();
    line.lines().next().unwrap_or_default().to_owned()
}

fn fields(input: &Map<String, Value>) -> String {
    let field = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("<dt>{}</dt><dd><pre>{}</pre></dd>", text(name), text(&shortened(&value, VALUE)))
    };
    match input.is_empty() {
        true => String::new(),
        false => format!("<dl>{}</dl>", input.iter().map(field).collect::<String>()),
    }
}

/// The end of what a running call has put out, the beginning of what an ended one gave back.
fn output(tool: &Tool) -> String {
    let length = tool.output.chars().count();
    let hidden = length.saturating_sub(OUTPUT);
    if length == 0 {
        return String::new();
    }
    let shown: String = match tool.phase {
        Phase::Runs { .. } => tool.output.chars().skip(hidden).collect(),
        _ => tool.output.chars().take(OUTPUT).collect(),
    };
    let cut = match hidden {
        0 => String::new(),
        more => format!("<p class=\"cut\">{more} more characters are not shown here.</p>"),
    };
    let label = attribute(&format!("Output of {}", tool.name));
    format!("<pre class=\"output\" tabindex=\"0\" aria-label=\"{label}\">{}</pre>{cut}", text(&shown))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn tool(phase: Phase) -> Tool {
        Tool {
            id: "toolu_1".into(),
            name: "Grep".into(),
            input: r#"{"path":"/repo","pattern":"<b>","-n":true}"#.into(),
            output: "src/a.rs:1:<b>".into(),
            phase,
        }
    }

    #[test]
    fn a_running_call_has_a_timer() {
        assert_snapshot!(html(&tool(Phase::Runs { since: 1_700_000_000_000, line: "120 files".into() })), @r#"<details class="tool runs"><summary><span class="mark" aria-hidden="true"></span><span class="sr">Running: </span><b>Grep</b> <code>&lt;b&gt;</code><span class="summary">120 files</span><span class="took" data-since="1700000000000"></span></summary><div class="tool-body"><dl><dt>path</dt><dd><pre>/repo</pre></dd><dt>pattern</dt><dd><pre>&lt;b&gt;</pre></dd><dt>-n</dt><dd><pre>true</pre></dd></dl><pre class="output" tabindex="0" aria-label="Output of Grep">src/a.rs:1:&lt;b&gt;</pre></div></details>"#);
    }

    #[test]
    fn an_ended_call_says_what_it_did_and_how_long_it_took() {
        let outcome = Outcome { summary: "1 match".into(), took: Some(64_250) };
        assert_snapshot!(html(&tool(Phase::Failed(outcome))), @r#"<details class="tool failed"><summary><span class="mark" aria-hidden="true"></span><span class="sr">Failed: </span><b>Grep</b> <code>&lt;b&gt;</code><span class="summary">1 match</span><span class="took">1 min 4 s</span></summary><div class="tool-body"><dl><dt>path</dt><dd><pre>/repo</pre></dd><dt>pattern</dt><dd><pre>&lt;b&gt;</pre></dd><dt>-n</dt><dd><pre>true</pre></dd></dl><pre class="output" tabindex="0" aria-label="Output of Grep">src/a.rs:1:&lt;b&gt;</pre></div></details>"#);
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut long = tool(Phase::Interrupted);
        long.output = "x".repeat(OUTPUT + 7);
        assert!(html(&long).contains("7 more characters are not shown here."));
    }

    #[test]
    fn input_that_is_no_object_harms_nothing() {
        let mut odd = tool(Phase::Interrupted);
        odd.input = "[".into();
        odd.output = String::new();
        assert_snapshot!(html(&odd), @r#"<details class="tool interrupted"><summary><span class="mark" aria-hidden="true"></span><span class="sr">Interrupted: </span><b>Grep</b> <code></code><span class="summary">interrupted</span></summary><div class="tool-body"></div></details>"#);
    }
}
