//! A transcript as Markdown. Everything that somebody said stands in a quote, so that no words can pass for the frame
//! around them.

use super::transcript::{Call, Doing, Ended, Said, Transcript, Turn};

/// The whole document.
pub(super) fn of(transcript: &Transcript) -> String {
    let Transcript { thread, exported, micro_usd, turns, files, .. } = transcript;
    let mut out = format!("# {}\n\n", line(&transcript.title));
    let created = transcript.created.as_deref().map(|at| format!(" · began {at}")).unwrap_or_default();
    out.push_str(&format!("Thread `{thread}`{created} · exported {exported} · {} · {micro_usd}\n", count(turns.len())));
    out.extend(turns.iter().enumerate().map(|(at, turn)| self::turn(at + 1, turn)));
    if !files.is_empty() {
        out.push_str("\n## Files\n\n");
        out.extend(files.iter().map(super::transcript::File::line));
    }
    out
}

fn count(turns: usize) -> String {
    if turns == 1 { "1 turn".to_owned() } else { format!("{turns} turns") }
}

fn turn(number: usize, turn: &Turn) -> String {
    let mut out = format!("\n## Turn {number}\n");
    out.extend(turn.doings.iter().map(doing));
    out + &cost(turn)
}

fn cost(turn: &Turn) -> String {
    let Some(last) = turn.requests.last() else { return String::new() };
    let tokens: u64 = turn.requests.iter().map(|request| request.usage.output).sum();
    let prompt = last.usage.prompt();
    let requests = turn.requests.len();
    let plural = if requests == 1 { "" } else { "s" };
    format!(
        "\n*{requests} request{plural} to `{}`, {prompt} tokens of context, {tokens} written, {}*\n",
        last.model, turn.micro_usd
    )
}

fn doing(doing: &Doing) -> String {
    match doing {
        Doing::Said(said) => self::said(said),
        Doing::Note(note) => format!("\n**Claude**, to itself:\n\n{}", quoted(note)),
        Doing::Answer(answer) => format!("\n**Claude**:\n\n{}", quoted(answer)),
        Doing::Call(call) => self::call(call),
        Doing::Failed(why) => format!("\n**Failed**:\n\n{}", quoted(why)),
        Doing::Stopped => "\n*Stopped.*\n".to_owned(),
        Doing::Conversation(what) => format!("\n---\n\n*{what}*\n"),
    }
}

fn said(said: &Said) -> String {
    let name = line(said.name.as_deref().unwrap_or("somebody"));
    let at = said.at.as_deref().map(|at| format!(", {}", line(at))).unwrap_or_default();
    format!("\n**{name}** (`{}`){at}:\n\n{}", said.member, quoted(&said.text))
}

fn call(call: &Call) -> String {
    let ended = match call.ended {
        Ended::Done => "",
        Ended::Failed => " · failed",
        Ended::Interrupted => " · interrupted",
    };
    let confirmed = call.confirmation.as_ref().map(|confirmed| {
        let by = confirmed.member.as_deref().map(|member| format!(" by {member}")).unwrap_or_default();
        format!(" · confirmation: {}{by}", confirmed.state)
    });
    let summary = format!("{}{ended}{}", line(&call.tool), confirmed.unwrap_or_default());
    let input = fenced("json", &format!("{:#}", call.input));
    let output = if call.output.is_empty() { String::new() } else { fenced("", &call.output) };
    format!("\n<details><summary>{summary}</summary>\n\n{input}{output}\n</details>\n")
}

fn quoted(text: &str) -> String {
    let lines = text.trim_end().lines().map(|line| format!("> {line}").trim_end().to_owned() + "\n");
    lines.collect()
}

/// Code in a fence that is longer than any within it.
fn fenced(language: &str, code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", code.trim_end())
}

/// Somebody else's words within a line of ours: no marks, no tags.
fn line(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '*' | '_' | '`' | '[' | ']' | '\\' | '#' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
