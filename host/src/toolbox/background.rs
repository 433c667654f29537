//! Calls in the background: a tool whose schema has `run_in_background` is answered with a task id at once, and two
//! tools of the host, TaskOutput and TaskStop, tell of the task and end it.
//!
//! A background call is admitted, limited, decided on and audited as any other; what differs is who waits for it. Stop
//! ends a turn, not its tasks; the end of the program ends them all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::message::RawBlock;
use claudetools_agent::tools::{ToolCall, ToolDef, ToolEvent, ToolResult};
use claudetools_ledger::Kind;
use claudetools_policy::{Code, Consent, Flow, GrantKind, Output as Trust, Refusal, RootName, Tool};
use claudetools_sandbox::{Asks, Outcome, Standing};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::tasks::{News, TO_STOP, Task};
use super::{Toolbox, digest};
use crate::catalog::Loaded;
use crate::unwritable::unwritable;

const OUTPUT: &str = "TaskOutput";
const STOP: &str = "TaskStop";
/// The key of a tool's input that asks for it.
const KEY: &str = "run_in_background";
/// What the ledger keeps the tasks of a thread under; no plugin can have this name.
const KEPT: &str = "host:tasks";
/// So many of them.
const MAX_KEPT: usize = 32;
/// How long TaskOutput waits where it is not told.
const WAIT: Duration = Duration::from_secs(30);
/// The longest that it may be told.
const MAX_WAIT_MS: u64 = 600_000;
/// What one answer holds of the output, in characters: as of a command in the foreground.
const MAX_OUTPUT: usize = 30_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    task_id: String,
    block: Option<bool>,
    timeout: Option<u64>,
}

/// Whether a call asks to go on in the background, of a tool that offers it.
pub fn wanted(loaded: &Loaded, call: &ToolCall) -> bool {
    let asks = serde_json::from_str::<serde_json::Value>(&call.input).is_ok_and(|input| input[KEY] == true);
    asks && loaded.admitted.tools().any(|tool| tool.name == call.name && offers(tool))
}

fn offers(tool: &Tool) -> bool {
    tool.input_schema["properties"][KEY]["type"] == "boolean"
}

/// Whether a tool is one of the host's own.
pub fn is_own(name: &str) -> bool {
    name == OUTPUT || name == STOP
}

/// Whether an own tool only reads.
pub fn only_reads(name: &str) -> bool {
    name == OUTPUT
}

/// The own tools, where some tool of these plugins can run in the background.
pub fn offered(loaded: &[Arc<Loaded>]) -> Vec<ToolDef> {
    if !loaded.iter().flat_map(|loaded| loaded.admitted.tools()).any(offers) {
        return Vec::new();
    }
    let task_id = json!({ "type": "string", "description": "The id that the call in the background answered." });
    let output = json!({
        "type": "object",
        "required": ["task_id"],
        "additionalProperties": false,
        "properties": {
            "task_id": task_id,
            "block": { "type": "boolean", "description": "Wait for its end. Default true." },
            "timeout": {
                "type": "integer", "minimum": 0, "maximum": MAX_WAIT_MS,
                "description": "Milliseconds to wait at most. Default 30000.",
            },
        },
    });
    let stop = json!({
        "type": "object",
        "required": ["task_id"],
        "additionalProperties": false,
        "properties": { "task_id": task_id },
    });
    let tool = |name: &str, description: &str, input_schema| ToolDef {
        name: name.to_owned(),
        description: description.to_owned(),
        input_schema,
    };
    vec![
        tool(
            OUTPUT,
            "What a task in the background has said since the last time, and whether it has ended. Waits for its end \
             unless block is false.",
            output,
        ),
        tool(STOP, "Ends a task in the background, with every program that it started.", stop),
    ]
}

impl Toolbox {
    /// Answers a call with a task, which goes on.
    ///
    /// Nobody is asked there, and what the thread takes in meanwhile the task may come to know through files: an effect
    /// that would need a person in a thread that has taken in anything is refused.
    pub(super) async fn begin(&self, call: &ToolCall) -> Result<ToolResult, Refusal> {
        let (loaded, pass) = self.admitted(call).await?;
        let before = self.flow(&call.thread).await?;
        let task = self.tasks.begin(&call.thread, &call.name)?;
        if let Err(refusal) = self.keep(&task, call).await {
            self.tasks.forget(&call.thread, &task.id);
            return Err(refusal);
        }
        let text = format!("It goes on in the background as {}. {OUTPUT} tells what it says, {STOP} ends it.", task.id);
        let summary = format!("in the background: {}", task.id);
        let (toolbox, call) = (self.clone(), call.clone());
        tokio::spawn(async move {
            let (events, heard) = unbounded_channel();
            let follows = tokio::spawn(listen(heard, Arc::clone(&task)));
            let result = match toolbox.go_on(&loaded, &call, before, &events, &task).await {
                Ok(outcome) => toolbox.close(&call, outcome, &events).await,
                Err(refusal) => toolbox.refused(&call, refusal).await,
            };
            drop((events, pass));
            // It ends with the channel.
            let _ = follows.await;
            task.end(result);
        });
        Ok(ToolResult { content: vec![RawBlock::text(&text)], is_error: false, summary, code: None })
    }

    async fn go_on(
        &self,
        loaded: &Loaded,
        call: &ToolCall,
        before: Flow,
        events: &UnboundedSender<ToolEvent>,
        task: &Task,
    ) -> Result<Outcome, Refusal> {
        let flow = Flow { untrusted: true, sensitive: true };
        let mode = self.mode(&call.thread).await?;
        let standing = Standing { flow, consent: Consent::default(), asks: Asks::Nobody, mode, ..Standing::default() };
        let mut outcome = self.run(loaded, call, standing, events, task.stop.clone()).await?;
        outcome.standing.flow.sensitive = self.may_read_sensitive(loaded);
        self.take_in(loaded, call, before, &outcome).await?;
        Ok(outcome)
    }

    /// Whether a grant of a plugin names a root whose reading counts.
    fn may_read_sensitive(&self, loaded: &Loaded) -> bool {
        let in_force = Arc::clone(&self.in_force.borrow());
        let sensitive = |root: &RootName| in_force.policy.roots.get(root).is_some_and(|root| root.sensitive);
        loaded.admitted.policy.grants.iter().any(|grant| match &grant.kind {
            GrantKind::Fs(fs) => sensitive(&fs.root),
            GrantKind::Exec(exec) => exec.jail.places.keys().any(sensitive),
            GrantKind::Net(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => false,
        })
    }

    /// What the thread takes in with output of a task that still runs.
    async fn taken_in(&self, loaded: &Loaded, call: &ToolCall) -> Result<(), Refusal> {
        let untrusted = loaded.admitted.policy.output == Trust::Untrusted;
        let untrusted = untrusted.then(|| "a task in the background said something".to_owned());
        let sensitive = self.may_read_sensitive(loaded);
        let sensitive = sensitive.then(|| "a task in the background may have read something confidential".to_owned());
        if untrusted.is_none() && sensitive.is_none() {
            return Ok(());
        }
        self.ledger.take_in(&call.thread, untrusted.as_deref(), sensitive.as_deref()).await.map_err(unwritable)
    }

    /// A call of TaskOutput or TaskStop.
    pub(super) async fn call_own(&self, call: &ToolCall, stop: CancellationToken) -> ToolResult {
        let asked: Asked = match serde_json::from_str(&call.input) {
            Ok(asked) => asked,
            Err(error) => {
                let refusal =
                    Refusal::new(Code::ProtoShape, format!("The input does not fit `{}`: {error}.", call.name));
                return self.refused(call, refusal).await;
            }
        };
        match self.about(call, &asked, stop).await {
            Ok(result) => result,
            Err(refusal) => self.refused(call, refusal).await,
        }
    }

    async fn about(&self, call: &ToolCall, asked: &Asked, stop: CancellationToken) -> Result<ToolResult, Refusal> {
        let Some(task) = self.tasks.find(&call.thread, &asked.task_id) else {
            return self.gone(call, &asked.task_id).await;
        };
        // Who may not call the tool hears nothing of its tasks either, whoever began them.
        let channel = self.ledger.channel(&call.thread).await.map_err(unwritable)?;
        let loaded = self.permitted(&task.tool, call, channel.as_deref())?;
        let row = |end| json!({ "call": call.id, "tool": call.name, "task": task.id, "end": end });
        let input = digest(&call.input);
        self.audit(
            Kind::ToolIntent,
            call,
            json!({ "call": call.id, "tool": call.name, "task": task.id, "input": input }),
        )
        .await?;
        if call.name == STOP {
            task.stop.cancel();
            task.wait(TO_STOP).await;
        } else if asked.block.unwrap_or(true) {
            let most = asked.timeout.map_or(WAIT, |ms| Duration::from_millis(ms.min(MAX_WAIT_MS)));
            tokio::select! {
                () = task.wait(most) => {}
                () = stop.cancelled() => {}
            }
        }
        let news = task.news();
        if news.end.is_none() && !news.output.is_empty() {
            self.taken_in(&loaded, call).await?;
        }
        if news.end.is_some() {
            self.tasks.forget(&call.thread, &task.id);
            let over = BTreeMap::from([(task.id.clone(), None)]);
            self.ledger.change_plugin_state(KEPT, &call.thread, &over).await.map_err(unwritable)?;
        }
        self.audit(Kind::ToolOutcome, call, row(if news.end.is_some() { "ended" } else { "running" })).await?;
        Ok(self.told(&task, news))
    }

    fn told(&self, task: &Task, news: News) -> ToolResult {
        let seconds = news.ran.as_secs();
        let (state, summary, end) = match news.end {
            None => (format!("{} runs, for {seconds} s so far.", task.id), "runs".to_owned(), None),
            Some((end, partly_told)) => {
                let state = format!("{} has ended after {seconds} s: {}", task.id, end.summary);
                let summary = format!("ended: {}", end.summary);
                (state, summary, Some(end).filter(|_| !partly_told && news.left_out == 0 || news.output.is_empty()))
            }
        };
        let mut content = vec![RawBlock::text(&state)];
        match end {
            Some(end) => content.extend(end.content),
            None if news.output.is_empty() => content.push(RawBlock::text("(no new output)")),
            None => content.push(RawBlock::text(&self.scrub.text(&last(&news.output, news.left_out)))),
        }
        ToolResult { content, is_error: false, summary, code: None }
    }

    /// What is said of a task that is not there: that it ended with the program, or that there was none.
    async fn gone(&self, call: &ToolCall, id: &str) -> Result<ToolResult, Refusal> {
        let kept = self.ledger.plugin_state(KEPT, &call.thread).await.map_err(unwritable)?;
        let text = if kept.contains_key(id) {
            let over = BTreeMap::from([(id.to_owned(), None)]);
            self.ledger.change_plugin_state(KEPT, &call.thread, &over).await.map_err(unwritable)?;
            format!(
                "{id} is no more: the program was restarted, which ended every task. What it said is lost; what it had \
                 changed by then is changed. Look before you begin it again."
            )
        } else {
            let id: String = id.chars().filter(|next| !next.is_control()).take(64).collect();
            format!("There is no task `{id}` in this thread, or its end was told already.")
        };
        Ok(self.failed(&text, None))
    }

    /// Keeps that there is a task, so that the thread can be told when the program ends before it.
    async fn keep(&self, task: &Task, call: &ToolCall) -> Result<(), Refusal> {
        let kept = self.ledger.plugin_state(KEPT, &call.thread).await.map_err(unwritable)?;
        let surplus = (kept.len() + 1).saturating_sub(MAX_KEPT);
        let mut changes: BTreeMap<_, _> = kept.into_keys().take(surplus).map(|id| (id, None)).collect();
        changes.insert(task.id.clone(), Some(call.name.clone().into_bytes()));
        self.ledger.change_plugin_state(KEPT, &call.thread, &changes).await.map_err(unwritable)
    }
}

async fn listen(mut heard: UnboundedReceiver<ToolEvent>, task: Arc<Task>) {
    while let Some(event) = heard.recv().await {
        if let ToolEvent::Append(text) = event {
            task.say(&text);
        }
    }
}

/// The end of an output that is too long for an answer, and how much is missing before it.
fn last(output: &str, left_out: usize) -> String {
    let surplus = output.chars().count().saturating_sub(MAX_OUTPUT);
    let at = output.char_indices().nth(surplus).map_or(0, |(at, _)| at);
    match left_out + at {
        0 => output.to_owned(),
        bytes => format!(
            "[{bytes} bytes left out before this; ask more often, or let it write to a file]\n{}",
            &output[at..]
        ),
    }
}
