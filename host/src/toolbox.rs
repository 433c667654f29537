//! The tools that the model sees: plugins of the catalog, run by the sandbox, every call in the audit.

mod background;
mod tasks;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use claudetools_agent::ThreadId;
use claudetools_agent::message::RawBlock;
use claudetools_agent::tools::{ToolCall, ToolDef, ToolEvent, ToolResult, Tools};
use claudetools_chat::render::{Scrub, safe_name};
use claudetools_ledger::{Given, Kind, Ledger, Record};
use claudetools_policy::{Code, Consent, Flow, Output as Trust, Refusal, may_call};
use claudetools_sandbox::{
    Artifact, Asks, Call, Event, Failure, Held, Level, Outcome, Output, Part, Running, Sandbox, Standing,
};
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::catalog::{Catalog, Loaded, unknown_tool};
use crate::confirmations::Confirmations;
use crate::effects;
use crate::in_force::Newest;
use crate::turnstile::{Pass, Turnstile};
use crate::unwritable::unwritable;

/// The most text that one result puts into the model's window, in bytes: about 60,000 tokens. Plugins
/// cut earlier and say how to get the rest; this holds for those that don't.
const MAX_TEXT: usize = 240 << 10;

pub use tasks::Tasks;

/// The catalog's tools behind the port of the turn. Cheap to clone.
#[derive(Clone)]
pub struct Toolbox {
    in_force: Newest,
    sandbox: Arc<Sandbox>,
    ledger: Ledger,
    scrub: Scrub,
    turnstile: Turnstile,
    /// Asks the people of a thread; without it nobody can be asked, and what needs a person is refused.
    confirmations: Option<Confirmations>,
    tasks: Tasks,
}

impl Toolbox {
    /// The tools of the plugins in force, whichever those are when one is called. `scrub` takes secrets out of whatever
    /// they give back.
    pub fn new(in_force: Newest, sandbox: Arc<Sandbox>, ledger: Ledger, scrub: Scrub) -> Self {
        let (turnstile, tasks) = (Turnstile::default(), Tasks::default());
        Self { in_force, sandbox, ledger, scrub, turnstile, confirmations: None, tasks }
    }

    /// With people who can be asked.
    #[must_use]
    pub fn asking(self, confirmations: Confirmations) -> Self {
        Self { confirmations: Some(confirmations), ..self }
    }

    /// The calls in the background, for whoever ends the program.
    pub fn tasks(&self) -> Tasks {
        self.tasks.clone()
    }

    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.in_force.borrow().catalog)
    }

    /// The plugin in force that has a tool.
    fn known(&self, tool: &str) -> Result<Arc<Loaded>, Refusal> {
        self.catalog().with_tool(tool).cloned().ok_or_else(|| unknown_tool(tool))
    }

    /// Everything that must hold before a call runs. It keeps the plugin that it gets, whatever is reloaded meanwhile.
    async fn admitted(&self, call: &ToolCall) -> Result<(Arc<Loaded>, Pass), Refusal> {
        let waiting = self.known(&call.name)?;
        may_call(&waiting.admitted, &call.name, &call.caller)?;
        let pass = self.turnstile.enter(name(&waiting), waiting.admitted.limits(), call).await?;
        // While it stood in line another policy may have come into force.
        let loaded = self.known(&call.name)?;
        may_call(&loaded.admitted, &call.name, &call.caller)?;
        Ok((loaded, pass))
    }

    /// Runs a call, and where an effect of it needs a person, asks, waits without holding anything, and runs it anew with
    /// the yes to exactly that effect. What did something else before it came to that effect is not run twice.
    async fn attempt(
        &self,
        call: &ToolCall,
        events: &UnboundedSender<ToolEvent>,
        stop: &CancellationToken,
    ) -> Result<Outcome, Refusal> {
        let Some(confirmations) = &self.confirmations else {
            return self.once(call, Consent::default(), Asks::Nobody, events, stop).await;
        };
        let asked = match confirmations.about(call).await? {
            Some(asked) => asked,
            None => {
                let shapes = self.ledger.confirmed_shapes(&call.thread).await.map_err(unwritable)?;
                let consent = Consent { shapes, ..Consent::default() };
                let outcome = self.once(call, consent, Asks::People, events, stop).await?;
                match &outcome.held {
                    None => return Ok(outcome),
                    Some(held) if outcome.effects.changed => return Err(half_done(held)),
                    Some(held) => {
                        let loaded = self.known(&call.name)?;
                        confirmations.ask(call, &loaded.admitted, held).await?
                    }
                }
            }
        };
        // Nobody may be watching any more; the question stands all the same.
        let _ = events.send(ToolEvent::Waits("waits for a confirmation".to_owned()));
        let consent = confirmations.consent(&asked, call, &|| self.known(&call.name), stop).await?;
        let outcome = self.once(call, consent, Asks::People, events, stop).await?;
        match &outcome.held {
            None => Ok(outcome),
            Some(_) if outcome.effects.changed => Err(another()),
            Some(_) => Err(differs()),
        }
    }

    /// One run of a call, with everything that must hold before it.
    async fn once(
        &self,
        call: &ToolCall,
        consent: Consent,
        asks: Asks,
        events: &UnboundedSender<ToolEvent>,
        stop: &CancellationToken,
    ) -> Result<Outcome, Refusal> {
        let (loaded, _pass) = self.admitted(call).await?;
        let flow = self.flow(&call.thread).await?;
        let outcome = self.run(&loaded, call, Standing { flow, consent, asks }, events, stop.clone()).await?;
        self.take_in(&loaded, call, flow, &outcome).await?;
        Ok(outcome)
    }

    /// What a thread has taken in so far.
    async fn flow(&self, thread: &ThreadId) -> Result<Flow, Refusal> {
        let (untrusted, sensitive) = self.ledger.flow(thread).await.map_err(unwritable)?;
        Ok(Flow { untrusted: untrusted.is_some(), sensitive: sensitive.is_some() })
    }

    /// Notes what the thread has taken in by a call. A call that was held gave nothing back.
    async fn take_in(&self, loaded: &Loaded, call: &ToolCall, before: Flow, outcome: &Outcome) -> Result<(), Refusal> {
        let gave = outcome.held.is_none() && loaded.admitted.policy.output == Trust::Untrusted;
        let untrusted = (gave && !before.untrusted).then(|| format!("`{}` answered", call.name));
        let sensitive = outcome.standing.flow.sensitive && !before.sensitive;
        let sensitive = sensitive.then(|| format!("`{}` read something confidential", call.name));
        if untrusted.is_none() && sensitive.is_none() {
            return Ok(());
        }
        self.ledger.take_in(&call.thread, untrusted.as_deref(), sensitive.as_deref()).await.map_err(unwritable)
    }

    async fn run(
        &self,
        loaded: &Loaded,
        call: &ToolCall,
        standing: Standing,
        events: &UnboundedSender<ToolEvent>,
        stop: CancellationToken,
    ) -> Result<Outcome, Refusal> {
        self.audit(
            Kind::ToolIntent,
            call,
            json!({ "call": call.id, "tool": call.name, "plugin": name(loaded), "input": digest(&call.input) }),
        )
        .await?;
        let state = self.ledger.plugin_state(name(loaded), &call.thread).await.map_err(unwritable)?;
        let running = self.sandbox.call(
            &loaded.plugin,
            Call {
                id: call.id.clone(),
                tool: call.name.clone(),
                input: call.input.clone(),
                thread: call.thread.to_string(),
                state,
                standing,
            },
        );
        let mut outcome = follow(running, loaded, &Watcher { events, scrub: &self.scrub }, stop).await;
        if loaded.revoked.is_cancelled() {
            outcome.result = Err(Failure::Refused(revoked()));
        }
        if outcome.result.is_ok() {
            let changes: BTreeMap<_, _> = outcome.state.iter().cloned().collect();
            self.ledger.change_plugin_state(name(loaded), &call.thread, &changes).await.map_err(unwritable)?;
        }
        self.audit(Kind::ToolOutcome, call, effects::outcome(call, name(loaded), &outcome)).await?;
        Ok(outcome)
    }

    /// Writes one row. What can't be written is not done.
    async fn audit(&self, kind: Kind, call: &ToolCall, detail: serde_json::Value) -> Result<(), Refusal> {
        let record = Record {
            kind,
            thread: Some(call.thread.clone()),
            turn: Some(call.turn.clone()),
            member: Some(call.caller.member.0.clone()),
            detail,
        };
        self.ledger.append_audit(&record).await.map(drop).map_err(unwritable)
    }

    /// A refusal before anything ran: one audit row, and the sentence for the model.
    async fn refused(&self, call: &ToolCall, refusal: Refusal) -> ToolResult {
        let detail =
            json!({ "call": call.id, "tool": call.name, "code": refusal.code.as_str(), "message": refusal.message });
        if let Err(error) = self.audit(Kind::Refusal, call, detail).await {
            tracing::error!(%error, "a refusal could not be audited");
        }
        self.failed(&refusal.to_string(), Some(refusal.code))
    }

    fn failed(&self, text: &str, code: Option<Code>) -> ToolResult {
        let text = self.scrub.text(text);
        let summary = one_line(&text);
        ToolResult { content: vec![RawBlock::text(&text)], is_error: true, summary, code }
    }

    /// Keeps the files of a call and has them brought to the people; the answer is what the model is told of each.
    async fn give(
        &self,
        call: &ToolCall,
        outcome: &mut Outcome,
        events: &UnboundedSender<ToolEvent>,
    ) -> Result<Vec<String>, Refusal> {
        let mut told = Vec::new();
        for Artifact { name, media_type, data } in std::mem::take(&mut outcome.artifacts) {
            let name = safe_name(&name);
            if self.scrub.finds(&data) {
                told.push(format!("[the file {name} has a secret in it and was not given to anybody]"));
                continue;
            }
            let (thread, turn) = (&call.thread, &call.turn);
            let given = Given { thread, turn, call: &call.id, name: &name, media_type: &media_type, data: &data };
            let artifact = self.ledger.keep_artifact(&given).await.map_err(unwritable)?;
            let detail = json!({
                "call": call.id, "artifact": artifact, "name": name, "bytes": data.len(), "sha256": digest_of(&data),
            });
            self.audit(Kind::Artifact, call, detail).await?;
            told.push(format!("[the file {name}, {} bytes, was given to the person]", data.len()));
            // Nobody may be watching any more; the ledger has it all the same.
            let _ = events.send(ToolEvent::File { artifact, name });
        }
        Ok(told)
    }

    fn finished(&self, outcome: Outcome, given: &[String]) -> ToolResult {
        match outcome.result {
            Ok(output) => self.answered(output, given),
            Err(Failure::Refused(refusal)) => self.failed(&refusal.to_string(), Some(refusal.code)),
            Err(Failure::Internal(error)) => {
                tracing::error!(error, "a plugin failed");
                self.failed(&format!("the plugin failed: {error}"), None)
            }
            Err(Failure::Invalid(message) | Failure::Unavailable(message)) => self.failed(&message, None),
        }
    }

    fn answered(&self, output: Output, given: &[String]) -> ToolResult {
        let summary = one_line(&self.scrub.text(&output.summary));
        let mut left = MAX_TEXT;
        let mut content: Vec<RawBlock> = output.parts.into_iter().map(|part| self.block(part, &mut left)).collect();
        content.extend(given.iter().map(|told| RawBlock::text(told)));
        if content.is_empty() {
            content.push(RawBlock::text("(no output)"));
        }
        ToolResult { content, is_error: false, summary, code: None }
    }

    /// One part as a block; `left` is how much text may still go out.
    fn block(&self, part: Part, left: &mut usize) -> RawBlock {
        let text = match part {
            Part::Image { data, .. } | Part::Document { data, .. } if self.scrub.finds(&data) => {
                "[left out: it holds a secret]".to_owned()
            }
            Part::Image { media_type, data } | Part::Document { media_type, data } => match RawBlock::blob(&data) {
                Ok(blob) => return blob,
                Err(why) => format!("[left out: what the tool calls {}: {why}]", one_line(&media_type)),
            },
            Part::Text(text) => text,
            Part::Table(rows) => rows.to_string(),
        };
        let text = cut(self.scrub.text(&text), *left);
        *left = left.saturating_sub(text.len());
        RawBlock::text(if text.is_empty() { "(empty)" } else { &text })
    }
}

#[async_trait]
impl Tools for Toolbox {
    fn offered(&self) -> Vec<ToolDef> {
        let catalog = self.catalog();
        let tools = catalog.loaded.iter().flat_map(|loaded| &loaded.admitted.found.manifest.tools);
        let mut offered: Vec<ToolDef> = tools
            .map(|tool| ToolDef {
                name: tool.name.clone(),
                description: tool.description.clone(),
                input_schema: tool.input_schema.clone(),
            })
            .collect();
        offered.extend(background::offered(&catalog.loaded));
        offered.sort_by(|a, b| a.name.cmp(&b.name));
        offered
    }

    fn read_only(&self, name: &str) -> bool {
        if background::is_own(name) {
            return background::only_reads(name);
        }
        let tools = |loaded: &Arc<Loaded>| {
            loaded.admitted.found.manifest.tools.iter().any(|tool| tool.name == name && tool.read_only())
        };
        self.catalog().with_tool(name).is_some_and(tools)
    }

    async fn call(&self, call: ToolCall, events: UnboundedSender<ToolEvent>, stop: CancellationToken) -> ToolResult {
        if background::is_own(&call.name) {
            return self.call_own(&call, stop).await;
        }
        if self.known(&call.name).is_ok_and(|loaded| background::wanted(&loaded, &call)) {
            return match self.begin(&call).await {
                Ok(result) => result,
                Err(refusal) => self.refused(&call, refusal).await,
            };
        }
        match self.attempt(&call, &events, &stop).await {
            Ok(mut outcome) => match self.give(&call, &mut outcome, &events).await {
                Ok(given) => self.finished(outcome, &given),
                Err(refusal) => self.refused(&call, refusal).await,
            },
            Err(refusal) => self.refused(&call, refusal).await,
        }
    }
}

/// Who watches a call: what a plugin says meanwhile is made harmless before anybody hears of it.
struct Watcher<'a> {
    events: &'a UnboundedSender<ToolEvent>,
    scrub: &'a Scrub,
}

/// Passes on what a running call says, and waits for its end. `stop` cancels it, and so does whoever takes the
/// plugin's approval back.
async fn follow(mut running: Running, loaded: &Loaded, watcher: &Watcher<'_>, stop: CancellationToken) -> Outcome {
    let (canceller, revoked) = (running.canceller(), loaded.revoked.clone());
    let watch = tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = revoked.cancelled() => {}
        }
        canceller.cancel();
    });
    while let Some(event) = running.events.recv().await {
        watcher.pass_on(event, name(loaded));
    }
    let outcome = running.outcome().await;
    watch.abort();
    outcome
}

impl Watcher<'_> {
    fn pass_on(&self, event: Event, plugin: &str) {
        let event = match event {
            Event::Status(text) => ToolEvent::Status(self.scrub.text(&text)),
            Event::Steps { done, total } => ToolEvent::Steps { done, total },
            Event::Append(text) => ToolEvent::Append(self.scrub.text(&text)),
            Event::Log { level, message } => return log(plugin, level, &self.scrub.text(&message)),
        };
        // Nobody may be watching any more; the call goes on all the same.
        let _ = self.events.send(event);
    }
}

fn log(plugin: &str, level: Level, message: &str) {
    match level {
        Level::Debug => tracing::debug!(plugin, message = %message.escape_debug(), "plugin"),
        Level::Info => tracing::info!(plugin, message = %message.escape_debug(), "plugin"),
        Level::Warn => tracing::warn!(plugin, message = %message.escape_debug(), "plugin"),
        Level::Error => tracing::error!(plugin, message = %message.escape_debug(), "plugin"),
    }
}

/// A call that had done something before it came to what needs a person: run again, it would do that twice.
fn half_done(held: &Held) -> Refusal {
    let message = format!(
        "A person has to confirm `{}`, and the call had changed something else before it came to that, so it was stopped \
         there. Ask for this effect in a call of its own.",
        held.effect
    );
    Refusal::new(held.ask.code, message)
}

fn another() -> Refusal {
    let message = "What was confirmed was done; the call was stopped at another effect that needs a person. Ask for that \
                   one in a call of its own.";
    Refusal::new(Code::ConfirmNeeded, message)
}

fn differs() -> Refusal {
    let message = "What the call would do now is not what was confirmed; nothing was done. Look again, and ask again.";
    Refusal::new(Code::ConfirmMismatch, message)
}

fn revoked() -> Refusal {
    Refusal::new(Code::SupplyUnapproved, "The plugin's approval was taken back while the call ran; it was stopped.")
}

fn name(loaded: &Loaded) -> &str {
    &loaded.admitted.found.manifest.name
}

fn digest(text: &str) -> String {
    digest_of(text.as_bytes())
}

fn digest_of(bytes: &[u8]) -> String {
    claudetools_policy::Digest::of(bytes).to_string()
}

/// The longest summary that a person is shown, in characters: it stands beside the tool's name.
const MAX_SUMMARY: usize = 200;

/// The first line of a text, without control characters: a plugin's words must not steer a terminal or a page.
fn one_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(MAX_SUMMARY).collect()
}

/// The text up to `most` bytes, with a line that says what was cut.
fn cut(mut text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let (all, end) = (text.len(), text.floor_char_boundary(most));
    text.truncate(end);
    text.push_str(&format!("\n[cut: {} of {all} bytes are left out]", all - end));
    text
}
