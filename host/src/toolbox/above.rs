//! Calls above what everybody whose words are in the thread may do, and inside what the person whose turn it is may: that
//! person's click lets one exact effect happen.
//!
//! The call runs once with everything held but looking, and what it looked at is thrown away. So nobody can leave words for
//! somebody with more rights to act on: what comes of them is shown to that person first.

use std::collections::BTreeSet;

use claudetools_agent::tools::{ToolCall, ToolEvent};
use claudetools_policy::{Ask, Caller, Consent, Digest, Refusal, may_call};
use claudetools_sandbox::{Asks, Detail, Held, Outcome, Standing};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{Toolbox, half_done};
use crate::confirmations::Confirmations;

impl Toolbox {
    /// Whether a call is such a one.
    pub(super) fn is_above(&self, call: &ToolCall) -> bool {
        let may = |caller: &Caller| {
            self.known(&call.name).is_ok_and(|loaded| may_call(&loaded.admitted, &call.name, caller).is_ok())
        };
        !may(&call.caller) && may(&own(call).caller)
    }

    /// Runs such a call as far as its first effect, asks, and runs it anew with the yes to exactly that.
    pub(super) async fn attempt_above(
        &self,
        call: &ToolCall,
        confirmations: &Confirmations,
        events: &UnboundedSender<ToolEvent>,
        stop: &CancellationToken,
    ) -> Result<Outcome, Refusal> {
        let call = &own(call);
        let roles = self.known(&call.name)?.admitted.policy.roles.clone();
        let standing =
            |consent| Standing { consent, asks: Asks::People, above: Some(roles.clone()), ..Standing::default() };
        let asked = match confirmations.about(call).await? {
            Some(asked) => asked,
            None => {
                let outcome = self.once(call, standing(Consent::default()), events, stop).await?;
                let held = match outcome.held {
                    Some(held) if outcome.effects.changed => return Err(half_done(&held)),
                    Some(held) => held,
                    None => looks(call, &roles),
                };
                confirmations.ask(call, &self.known(&call.name)?.admitted, &held).await?
            }
        };
        self.with_yes(&asked, call, confirmations, &standing, events, stop).await
    }
}

/// The call with the roles of the person whose turn it is, whoever else is in the thread.
fn own(call: &ToolCall) -> ToolCall {
    ToolCall { caller: Caller { roles: call.own.clone(), ..call.caller.clone() }, ..call.clone() }
}

/// What is asked about where a call changes, starts and sends nothing: that it looks, with all of its input.
fn looks(call: &ToolCall, roles: &BTreeSet<String>) -> Held {
    Held {
        effect: format!("look with {}", call.name),
        detail: Detail::None,
        phrase: None,
        is_filled: false,
        digest: Digest::of(&call.input),
        shape: String::new(),
        grant: String::new(),
        ask: Ask::starter(roles),
    }
}
