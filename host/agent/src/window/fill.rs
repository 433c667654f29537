//! How much of a model's window a conversation fills, as far as the model's replies tell.

use crate::models::Usage;

/// Prompt and reply together fill so much of the budget when a conversation is compacted: later, the request for the
/// summary may not fit any more, and answers get worse long before a window is full.
const FULL_PERCENT: u64 = 75;
/// So much of the budget has to come in after a compaction before the next one: what cannot be compacted (tools,
/// instructions, pins) may be large, and must not be paid for again and again.
const ROOM_PERCENT: u64 = 25;

/// Tokens of the newest request's prompt and reply, and how many of them no compaction takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// What the first request after a compaction had; not known between the two.
    floor: Option<u64>,
    newest: u64,
}

impl Default for Fill {
    /// An empty conversation.
    fn default() -> Self {
        Self { floor: Some(0), newest: 0 }
    }
}

impl Fill {
    /// Takes in what a reply used. A server that counts nothing changes nothing.
    pub fn reply(&mut self, usage: &Usage) {
        let tokens = usage.prompt().saturating_add(usage.output);
        if tokens > 0 {
            self.floor.get_or_insert(tokens);
            self.newest = tokens;
        }
    }

    /// The conversation was compacted: how much is left, the next reply will tell.
    pub fn compacted(&mut self) {
        *self = Self { floor: None, newest: 0 };
    }

    /// Tokens of the newest prompt and its reply; 0 before the first.
    pub fn tokens(&self) -> u64 {
        self.newest
    }

    /// Whether it is time to compact a conversation that may have this many tokens.
    pub fn is_full(&self, budget: u64) -> bool {
        let percent = |tokens: u64| tokens.saturating_mul(100) / budget.max(1);
        let since = self.newest.saturating_sub(self.floor.unwrap_or(self.newest));
        percent(self.newest) >= FULL_PERCENT && percent(since) >= ROOM_PERCENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies(fill: &mut Fill, prompts: &[u64]) -> bool {
        for prompt in prompts {
            fill.reply(&Usage { cache_read: *prompt, output: 1_000, ..Usage::default() });
        }
        fill.is_full(100_000)
    }

    #[test]
    fn three_quarters_are_full_and_a_server_that_counts_nothing_fills_nothing() {
        assert!(!replies(&mut Fill::default(), &[73_999]));
        assert!(replies(&mut Fill::default(), &[10_000, 74_000]));
        let mut fill = Fill::default();
        fill.reply(&Usage::default());
        assert!(!fill.is_full(0) && fill.tokens() == 0);
    }

    #[test]
    fn what_no_compaction_takes_away_is_not_compacted_again() {
        let mut fill = Fill::default();
        assert!(replies(&mut fill, &[90_000]));
        fill.compacted();
        assert!(!replies(&mut fill, &[80_000, 90_000, 104_999]));
        assert!(replies(&mut fill, &[105_000]));
    }
}
