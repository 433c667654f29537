//! `[turn]`: what one turn may use up.

use toml::Spanned;

use super::low;
use super::place::Fault;

/// The most money that the limit of a turn, or of a channel's day, may give: more is a typing mistake.
pub(super) const MOST_USD: f64 = 1_000.0;

/// What one turn may use up. [`TurnPolicy::default`] is what holds where `plugins.toml` is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnPolicy {
    /// Tool calls. Default 200.
    pub tool_calls: u32,
    /// Requests to the model, retries not counted. Default 100.
    pub requests: u32,
    /// Tokens of all replies together. Default 400,000.
    pub output_tokens: u64,
    /// Money, in millionths of a dollar, as far as the model's price is known. Default 5 dollars.
    pub micro_usd: u64,
    /// Attempts at one request. Default 5.
    pub attempts: u32,
    /// Tokens of a thread's conversation, as far as the model has room for so many: at three quarters of them it is
    /// compacted. Default 200,000.
    pub context_tokens: u64,
}

impl Default for TurnPolicy {
    fn default() -> Self {
        Self {
            tool_calls: 200,
            requests: 100,
            output_tokens: 400_000,
            micro_usd: 5_000_000,
            attempts: 5,
            context_tokens: 200_000,
        }
    }
}

pub(super) fn turn(typed: low::Turn) -> Result<TurnPolicy, Fault> {
    let default = TurnPolicy::default();
    let micro_usd = typed.usd.map_or(Ok(default.micro_usd), |usd| micro_usd(&usd, MOST_USD))?;
    Ok(TurnPolicy {
        tool_calls: typed.tool_calls.map_or(default.tool_calls, Into::into),
        requests: typed.requests.map_or(default.requests, Into::into),
        output_tokens: typed.output_tokens.map_or(default.output_tokens, Into::into),
        micro_usd,
        attempts: typed.attempts.map_or(default.attempts, Into::into),
        context_tokens: typed.context_tokens.map_or(default.context_tokens, Into::into),
    })
}

/// Dollars, in millionths; at most so many.
pub(super) fn micro_usd(typed: &Spanned<f64>, most: f64) -> Result<u64, Fault> {
    let dollars = *typed.as_ref();
    let fits = (0.01..=most).contains(&dollars);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between a cent and `most`, which is far below 2^63 millionths"
    )]
    let micro = (dollars * 1_000_000.0).round() as u64;
    let wrong = || format!("`{dollars}` is not a limit of money; expected dollars from 0.01 to {most}, such as 5.0");
    if fits { Ok(micro) } else { Err(Fault::at(typed, wrong())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    fn read(table: &str) -> Result<TurnPolicy, String> {
        let policy = Policy::parse(&format!("schema = 1\n[turn]\n{table}\n"));
        policy.map(|policy| policy.turn).map_err(|error| error.to_string())
    }

    #[test]
    fn what_cannot_be_a_limit_is_refused_with_its_line() {
        insta::assert_snapshot!(read("usd = 0.0").unwrap_err(), @"plugins.toml:3:7: `0` is not a limit of money; expected dollars from 0.01 to 1000, such as 5.0");
        insta::assert_snapshot!(read("usd = nan").unwrap_err(), @"plugins.toml:3:7: `NaN` is not a limit of money; expected dollars from 0.01 to 1000, such as 5.0");
        insta::assert_snapshot!(read("requests = 0").unwrap_err(), @"plugins.toml:3:12: invalid value: integer `0`, expected a whole number from 1 to 4,294,967,295");
        insta::assert_snapshot!(read("tool_calls = -1").unwrap_err(), @"plugins.toml:3:14: invalid value: integer `-1`, expected a whole number from 1 to 4,294,967,295");
        insta::assert_snapshot!(read("money = 5").unwrap_err(), @"plugins.toml:3:1: unknown key `money`, expected one of `tool_calls`, `requests`, `output_tokens`, `usd`, `attempts`, `context_tokens`");
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        assert_eq!(read(""), Ok(TurnPolicy::default()));
        let said = read(
            "tool_calls = 10\nrequests = 5\noutput_tokens = 9_000\nusd = 0.25\nattempts = 1\ncontext_tokens = 80_000",
        );
        let wanted = TurnPolicy {
            tool_calls: 10,
            requests: 5,
            output_tokens: 9_000,
            micro_usd: 250_000,
            attempts: 1,
            context_tokens: 80_000,
        };
        assert_eq!(said, Ok(wanted));
    }
}
