//! What a turn may use up, and what it has.

use claudetools_policy::{Code, Refusal, TurnPolicy};

use crate::models::{MicroUsd, Usage};

/// What a turn may use up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnLimits {
    /// Tool calls. Default 200.
    pub tool_calls: u32,
    /// Requests to the model, retries not counted. Default 100.
    pub requests: u32,
    /// Tokens of all replies together. Default 400,000.
    pub output_tokens: u64,
    /// Money. Default 5 USD.
    pub money: MicroUsd,
    /// Attempts at one request. Default 5.
    pub attempts: u32,
    /// Tokens of the conversation: it is compacted before it has so many. Default 200,000.
    pub context_tokens: u64,
}

impl Default for TurnLimits {
    /// The defaults that the fields name.
    fn default() -> Self {
        Self::from(&TurnPolicy::default())
    }
}

impl From<&TurnPolicy> for TurnLimits {
    fn from(policy: &TurnPolicy) -> Self {
        let TurnPolicy { tool_calls, requests, output_tokens, micro_usd, attempts, context_tokens } = *policy;
        Self { tool_calls, requests, output_tokens, money: MicroUsd(micro_usd), attempts, context_tokens }
    }
}

/// What a turn has used up.
#[derive(Clone, Debug, Default)]
pub(super) struct Spent {
    pub(super) tool_calls: u32,
    pub(super) requests: u32,
    output_tokens: u64,
    money: MicroUsd,
}

impl Spent {
    pub(super) fn reply(&mut self, usage: &Usage, cost: Option<MicroUsd>) {
        self.output_tokens = self.output_tokens.saturating_add(usage.output);
        self.money = self.money.plus(cost.unwrap_or_default());
    }

    /// Why no further request may be made.
    pub(super) fn exhausted(&self, limits: &TurnLimits) -> Option<Refusal> {
        let refusal = |code, why: String| Some(Refusal::new(code, why));
        if self.money >= limits.money {
            return refusal(Code::LimitMoney, format!("this turn has used up its money ({})", limits.money));
        }
        if self.output_tokens >= limits.output_tokens {
            let tokens = limits.output_tokens;
            return refusal(Code::LimitTurn, format!("this turn has used up its {tokens} tokens of replies"));
        }
        if self.requests >= limits.requests {
            return refusal(
                Code::LimitTurn,
                format!("this turn has made its {} requests to the model", limits.requests),
            );
        }
        None
    }
}
