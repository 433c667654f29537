//! The tools that the model sees: plugins of the catalog, run by the sandbox, every call in the audit.

mod above;
mod answer;
mod background;
mod people;
mod tasks;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use claudetools_agent::ThreadId;
use claudetools_agent::tools::{ToolCall, ToolDef, ToolEvent, ToolResult, Tools};
use claudetools_chat::render::Scrub;
use claudetools_ledger::{Asked, Kind, Ledger, Record};
use claudetools_policy::{
    ChannelPolicy, Clients, Code, Consent, Flow, Output as Trust, Refusal, may_call, may_call_in,
};
use claudetools_sandbox::{Asks, Call, Event, Failure, Held, Level, Outcome, Running, Sandbox, Standing};
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::catalog::{Catalog, Loaded, unknown_tool};
use crate::confirmations::Confirmations;
use crate::effects;
use crate::in_force::Newest;
use crate::turnstile::{Pass, Turnstile};
use crate::unwritable::unwritable;

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
        let channel = self.ledger.channel(&call.thread).await.map_err(unwritable)?;
        let waiting = self.permitted(&call.name, call, channel.as_deref())?;
        let pass = self.turnstile.enter(name(&waiting), waiting.admitted.limits(), call).await?;
        // While it stood in line another policy may have come into force.
        Ok((self.permitted(&call.name, call, channel.as_deref())?, pass))
    }

    /// The plugin in force that has a tool, where whoever makes a call may call it in the thread's channel.
    fn permitted(&self, tool: &str, call: &ToolCall, channel: Option<&str>) -> Result<Arc<Loaded>, Refusal> {
        let in_force = Arc::clone(&self.in_force.borrow());
        let loaded = in_force.catalog.with_tool(tool).cloned().ok_or_else(|| unknown_tool(tool))?;
        may_call(&loaded.admitted, tool, &call.caller)?;
        may_call_in(&in_force.policy.channel(channel), &loaded.admitted, tool)?;
        Ok(loaded)
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
            return self.once(call, Standing::default(), events, stop).await;
        };
        if self.is_above(call) {
            return self.attempt_above(call, confirmations, events, stop).await;
        }
        let asking = |consent| Standing { consent, asks: Asks::People, ..Standing::default() };
        let asked = match confirmations.about(call).await? {
            Some(asked) => asked,
            None => {
                let shapes = self.ledger.confirmed_shapes(&call.thread).await.map_err(unwritable)?;
                let consent = Consent { shapes, ..Consent::default() };
                let outcome = self.once(call, asking(consent), events, stop).await?;
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
        self.with_yes(&asked, call, confirmations, &asking, events, stop).await
    }

    /// Waits for the yes to a question, runs its call anew with that, and tells whoever said it what was made.
    async fn with_yes(
        &self,
        asked: &Asked,
        call: &ToolCall,
        confirmations: &Confirmations,
        standing: &(dyn Fn(Consent) -> Standing + Sync),
        events: &UnboundedSender<ToolEvent>,
        stop: &CancellationToken,
    ) -> Result<Outcome, Refusal> {
        // Nobody may be watching any more; the question stands all the same.
        let _ = events.send(ToolEvent::Waits("waits for a confirmation".to_owned()));
        let hand = confirmations.hand(asked);
        let run = async {
            let consent = confirmations.consent(asked, call, &|| self.known(&call.name), stop).await?;
            let _ = events.send(ToolEvent::Status("confirmed".to_owned()));
            self.once(call, Standing { hands: hand.is_open(), ..standing(consent) }, events, stop).await
        };
        let outcome = run.await;
        if let Some(shown) = hand.give(&outcome) {
            confirmations.note_handed(call, asked, shown).await?;
        }
        let outcome = outcome?;
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
        standing: Standing,
        events: &UnboundedSender<ToolEvent>,
        stop: &CancellationToken,
    ) -> Result<Outcome, Refusal> {
        let (loaded, _pass) = self.admitted(call).await?;
        let flow = self.flow(&call.thread).await?;
        let standing = Standing { flow, mode: self.mode(&call.thread).await?, ..standing };
        let outcome = self.run(&loaded, call, standing, events, stop.clone()).await?;
        self.take_in(&loaded, call, flow, &outcome).await?;
        Ok(outcome)
    }

    /// The clients that calls in a thread may be about.
    async fn clients(&self, thread: &ThreadId) -> Result<Clients, Refusal> {
        let chosen = self.ledger.choices(thread).await.map_err(unwritable)?;
        let [bound, channel] = ["client", "channel"].map(|key| chosen.get(key).map(String::as_str));
        let policy = Arc::clone(&self.in_force.borrow().policy);
        Ok(policy.clients_of(bound, &policy.channel(channel)))
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
        let clients = self.clients(&call.thread).await?;
        let running = self.sandbox.call(
            &loaded.plugin,
            Call {
                id: call.id.clone(),
                tool: call.name.clone(),
                input: call.input.clone(),
                thread: call.thread.to_string(),
                state,
                clients,
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
}

#[async_trait]
impl Tools for Toolbox {
    fn offered(&self, channel: &ChannelPolicy) -> Vec<ToolDef> {
        let catalog = self.catalog();
        let there: Vec<_> = catalog.loaded.iter().filter(|loaded| channel.allows(name(loaded))).cloned().collect();
        let mut offered: Vec<ToolDef> = there
            .iter()
            .flat_map(|loaded| loaded.admitted.tools())
            .map(|tool| ToolDef {
                name: tool.name.clone(),
                description: tool.description.clone(),
                input_schema: tool.input_schema.clone(),
            })
            .collect();
        offered.extend(background::offered(&there));
        offered.extend(people::offered());
        offered.sort_by(|a, b| a.name.cmp(&b.name));
        offered
    }

    fn read_only(&self, name: &str) -> bool {
        if background::is_own(name) {
            return background::only_reads(name);
        }
        let tools = |loaded: &Arc<Loaded>| loaded.admitted.tools().any(|tool| tool.name == name && tool.read_only());
        self.catalog().with_tool(name).is_some_and(tools)
    }

    fn keep(&self, thread: &ThreadId, name: &str, data: &[u8]) -> Result<String, String> {
        self.sandbox.keep(thread.as_str(), name, data).map_err(|refusal| refusal.message)
    }

    async fn call(&self, call: ToolCall, events: UnboundedSender<ToolEvent>, stop: CancellationToken) -> ToolResult {
        if background::is_own(&call.name) {
            return self.call_own(&call, stop).await;
        }
        if people::is_own(&call.name) {
            return match self.call_for_people(&call, &events, &stop).await {
                Ok(result) => result,
                Err(refusal) => self.refused(&call, refusal).await,
            };
        }
        if self.known(&call.name).is_ok_and(|loaded| background::wanted(&loaded, &call)) {
            return match self.begin(&call).await {
                Ok(result) => result,
                Err(refusal) => self.refused(&call, refusal).await,
            };
        }
        match self.attempt(&call, &events, &stop).await {
            Ok(outcome) => self.close(&call, outcome, &events).await,
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
    claudetools_policy::Digest::of(text).to_string()
}
