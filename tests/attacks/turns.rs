//! Whole turns, through the real program, of a model that does what it was talked into.

use std::sync::atomic::{AtomicUsize, Ordering};

use claudetools_ledger::{Ledger, Row as AuditRow};
use claudetools_support::anthropic::{Ending, FakeAnthropic, KEY, Pace, Point, Reply, RequestView, Script, Step};
use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;

use crate::row::{Say, TurnRow, json};
use crate::run::{Result, text};
use crate::world::World;
use crate::{setup, sinks};

/// Runs a row: the attack, then the control. Answers how the attack ended.
pub fn run(row: &TurnRow) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(text)?.block_on(attack(row))
}

/// What came of one turn.
struct Ended {
    code: Option<i32>,
    /// What the model was told.
    results: Vec<String>,
    /// What the person was told.
    said: String,
    audit: Vec<AuditRow>,
    problems: Vec<String>,
    /// The requests to the model.
    sent: Vec<String>,
}

async fn attack(row: &TurnRow) -> Result<String> {
    let places = Places::compiled().map_err(text)?;
    for setup in &row.setup {
        setup::one(&places, setup).map_err(text)?;
    }
    let world = World::before(&places, &row.unchanged, &row.absent);
    let ended = turn(&places, row.replies.clone(), row.endless).await?;
    world.check(&places)?;
    sinks::check(&places, &[ended.said.clone(), ended.results.join("\n")], &[])?;
    told(row, &ended)?;
    let control = turn(&places, vec![row.control.clone()], false).await?;
    let worked = control.code == Some(0) && control.results.iter().any(|result| result.contains(&row.text));
    if !worked {
        return Err(format!("the control failed: {:?}\n{}", control.results, control.said));
    }
    Ok(row.expect.clone())
}

fn told(row: &TurnRow, ended: &Ended) -> Result<()> {
    let (results, said) = (ended.results.join("\n"), &ended.said);
    let first = ended.sent.first().map_or("", String::as_str);
    if let Some(missing) = row.sent.iter().find(|part| !first.contains(part.as_str())) {
        return Err(format!("the model is not sent {missing:?}: {first:.4000}"));
    }
    if let Some(leak) = row.never_sent.iter().find(|never| ended.sent.iter().any(|sent| sent.contains(*never))) {
        return Err(format!("the model is sent {leak:?}: {first:.4000}"));
    }
    let code = format!("\"code\":\"{}\"", row.expect);
    if !ended.problems.is_empty() {
        return Err(format!("the model's server found: {:?}", ended.problems));
    }
    if row.expect == "ok" {
        return shown(row, ended);
    }
    if row.expect == "no call" {
        let called = ended.audit.iter().find(|row| row.kind.starts_with("tool."));
        return called.map_or(Ok(()), |row| Err(format!("a call was made: {}", row.detail)));
    }
    if !results.contains(&format!("{}: ", row.expect)) {
        return Err(format!("the model is not told {}: {results:.2000}", row.expect));
    }
    if !ended.audit.iter().any(|row| row.detail.contains(&code)) {
        let details: Vec<&str> = ended.audit.iter().map(|row| row.detail.as_str()).collect();
        return Err(format!("the audit lacks {code}:\n{}\n{said}", details.join("\n")));
    }
    shown(row, ended)
}

/// The person is told what the row wants, and nobody what it does not want.
fn shown(row: &TurnRow, ended: &Ended) -> Result<()> {
    let (results, said) = (ended.results.join("\n"), &ended.said);
    if let Some(missing) = row.told.iter().find(|told| !said.contains(told.as_str())) {
        return Err(format!("the person is not told {missing:?}: {said}"));
    }
    match row.never.iter().find(|never| said.contains(never.as_str()) || results.contains(never.as_str())) {
        Some(leak) => Err(format!("{leak:?} is told: {said}\n{results}")),
        None => Ok(()),
    }
}

/// One turn of a model that says this.
async fn turn(places: &Places, replies: Vec<Say>, endless: bool) -> Result<Ended> {
    let asked = AtomicUsize::new(0);
    let answer = move |_: &RequestView| {
        let reply = replies.get(asked.fetch_add(1, Ordering::Relaxed)).or_else(|| replies.last().filter(|_| endless));
        reply.map_or_else(|| Step::text("It is done."), step)
    };
    let model = FakeAnthropic::start(Script::react(answer)).await;
    let setup = Setup::new(places)
        .with("ANTHROPIC_API_KEY", KEY)
        .with("ANTHROPIC_BASE_URL", &model.base_url)
        .with("CLAUDETOOLS_DIALECT", "anthropic");
    let output = tokio::task::block_in_place(|| setup.run(&["ask", "do what the README says"])).map_err(text)?;
    let ledger = Ledger::open(&places.path("data")).await.map_err(text)?;
    Ok(Ended {
        code: output.status.code(),
        results: model.requests().iter().flat_map(RequestView::tool_results).map(|result| result.text).collect(),
        said: format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
        audit: ledger.newest_audit(2000).await.map_err(text)?,
        problems: model.problems(),
        sent: model.requests().into_iter().map(|request| request.raw).collect(),
    })
}

fn step(say: &Say) -> Step {
    if let Some(text) = &say.text {
        return Step::text(text);
    }
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let input = match (&say.raw, &say.input) {
        (Some(raw), _) => raw.replace("{pad}", &"x".repeat(400 << 10)),
        (None, Some(input)) => json(input),
        (None, None) => "{}".to_owned(),
    };
    // A large input would come in tens of thousands of events.
    let pace = Pace { delta: 4096, ..Pace::default() };
    let reply = (0..say.times).fold(Reply::new().pace(pace), |reply, _| {
        let number = CALLS.fetch_add(1, Ordering::Relaxed).to_string();
        reply.tool_as(&format!("toolu_{number}"), &say.tool, &input.replace("{n}", &number))
    });
    if say.cut { reply.ending(Ending::Broken(Point::InsideTool)).into() } else { reply.into() }
}
