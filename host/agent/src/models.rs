//! What each model accepts, and what it costs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Tokens of one reply, as the API counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Prompt tokens that no cache served or stored.
    pub input: u64,
    /// Prompt tokens stored in the cache for five minutes.
    pub cache_write_5m: u64,
    /// Prompt tokens stored in the cache for an hour.
    pub cache_write_1h: u64,
    /// Prompt tokens that came from the cache.
    pub cache_read: u64,
    /// Tokens of the reply, thinking included.
    pub output: u64,
}

/// Money, in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl Usage {
    /// The size of the prompt.
    pub fn prompt(&self) -> u64 {
        self.input
            .saturating_add(self.cache_write_5m)
            .saturating_add(self.cache_write_1h)
            .saturating_add(self.cache_read)
    }

    /// How much of the prompt came from the cache, in hundredths; `None` without a prompt.
    pub fn hit_rate(&self) -> Option<u64> {
        self.cache_read.saturating_mul(100).checked_div(self.prompt())
    }
}

impl MicroUsd {
    /// The sum, at most the largest number there is.
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Self::plus)
    }
}

impl fmt::Display for MicroUsd {
    /// In dollars and cents, rounded up: `$0.02`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.div_ceil(10_000);
        write!(f, "${}.{:02}", cents / 100, cents % 100)
    }
}

/// How a model thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinking {
    /// It decides by itself how much.
    Adaptive,
    /// It decides by itself, and its notes between tool calls can be asked for (`display: "updates"`).
    AdaptiveWithUpdates,
    /// It is not asked to.
    Off,
}

/// What becomes of thinking that was made under another history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The API checks it; we ask it to drop such blocks instead of refusing the request.
    Checked,
    /// Nobody checks.
    Unchecked,
}

/// Prices in billionths of a US dollar for each token (so `$4` per million tokens is 4,000).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    input: u64,
    output: u64,
    cache_write_5m: u64,
    cache_write_1h: u64,
    cache_read: u64,
}

/// A model: what it accepts and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// The id that the API knows, without a date.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Tokens that fit: prompt and reply together.
    pub context: u64,
    /// The longest reply asked for, thinking included.
    pub max_tokens: u32,
    /// How it thinks.
    pub thinking: Thinking,
    /// Whether its thinking is bound to the history.
    pub binding: Binding,
    /// The levels of effort it takes, lowest first; none where it takes no effort.
    pub efforts: &'static [&'static str],
    /// Its price.
    pub price: Price,
    /// The price of a whole request whose prompt has more tokens than the first number.
    pub long: Option<(u64, Price)>,
    /// Whether it is offered to people who choose a model.
    pub offered: bool,
    /// Whether its server summarises a conversation when it is asked to.
    pub compacts: bool,
    /// Whether its server takes old tool results out of a long prompt.
    pub clears: bool,
}

/// The levels of effort, lowest first.
pub const EFFORTS: &[&str] = &["low", "medium", "high", "xhigh", "max"];
const EFFORTS_4_6: &[&str] = &["low", "medium", "high", "max"];

/// Half of what current models can write at once: thinking fits, and one reply cannot spend a turn's money alone.
const LONG_REPLY: u32 = 64_000;
const MILLION: u64 = 1_000_000;

use Binding::{Checked, Unchecked};
use Thinking::{Adaptive, AdaptiveWithUpdates, Off};

/// Every model that is known, the one we would choose first.
pub const MODELS: &[Model] = &[
    row("claude-opus-5-5", "Opus 5.5", AdaptiveWithUpdates, Checked, [4000, 20000, 5000, 8000, 200]).offer(),
    row("claude-sonnet-5-5", "Sonnet 5.5", AdaptiveWithUpdates, Checked, [2000, 10000, 2500, 4000, 100]).offer(),
    row("claude-haiku-5-5", "Haiku 5.5", Adaptive, Checked, [100, 500, 125, 200, 10])
        .above(100_000, [500, 2500, 625, 1000, 50])
        .managed_by_us()
        .offer(),
    row("claude-fable-5-1", "Fable 5.1", AdaptiveWithUpdates, Checked, [10000, 50000, 12500, 20000, 250]).offer(),
    row("claude-opus-5", "Opus 5", Adaptive, Unchecked, [5000, 25000, 6250, 10000, 500]),
    row("claude-sonnet-5", "Sonnet 5", Adaptive, Unchecked, [2000, 10000, 2500, 4000, 200]),
    row("claude-opus-4-8", "Opus 4.8", Adaptive, Unchecked, [5000, 25000, 6250, 10000, 500]),
    row("claude-opus-4-7", "Opus 4.7", Adaptive, Unchecked, [5000, 25000, 6250, 10000, 500]),
    row("claude-opus-4-6", "Opus 4.6", Adaptive, Unchecked, [5000, 25000, 6250, 10000, 500]).efforts(EFFORTS_4_6),
    row("claude-sonnet-4-6", "Sonnet 4.6", Adaptive, Unchecked, [3000, 15000, 3750, 6000, 300]).efforts(EFFORTS_4_6),
    row("claude-haiku-4-5", "Haiku 4.5", Off, Unchecked, [1000, 5000, 1250, 2000, 100])
        .efforts(&[])
        .small()
        .compacted_by_us(),
];

/// Other spellings of ids in [`MODELS`]: the dated one, and what people type.
const ALIASES: &[(&str, &str)] = &[
    ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
    ("opus", "claude-opus-5-5"),
    ("sonnet", "claude-sonnet-5-5"),
    ("haiku", "claude-haiku-5-5"),
    ("fable", "claude-fable-5-1"),
];

const fn price([input, output, cache_write_5m, cache_write_1h, cache_read]: [u64; 5]) -> Price {
    Price { input, output, cache_write_5m, cache_write_1h, cache_read }
}

/// One row of the table; prices are input, output, five-minute write, one-hour write, read.
const fn row(id: &'static str, name: &'static str, thinking: Thinking, binding: Binding, prices: [u64; 5]) -> Model {
    Model {
        id,
        name,
        context: MILLION,
        max_tokens: LONG_REPLY,
        thinking,
        binding,
        efforts: EFFORTS,
        price: price(prices),
        long: None,
        offered: false,
        compacts: true,
        clears: true,
    }
}

impl Model {
    const fn above(mut self, tokens: u64, prices: [u64; 5]) -> Self {
        self.long = Some((tokens, price(prices)));
        self
    }

    const fn efforts(mut self, efforts: &'static [&'static str]) -> Self {
        self.efforts = efforts;
        self
    }

    const fn small(mut self) -> Self {
        self.context = 200_000;
        self.max_tokens = 32_000;
        self
    }

    /// Haiku 4.5 is too old for summaries of its server's.
    const fn compacted_by_us(mut self) -> Self {
        self.compacts = false;
        self
    }

    /// The documents do not say of Haiku 5.5 what it takes of either.
    const fn managed_by_us(mut self) -> Self {
        self.clears = false;
        self.compacted_by_us()
    }

    const fn offer(mut self) -> Self {
        self.offered = true;
        self
    }

    /// The level of effort to send: the one wished for, the next lower one that the model takes, or none.
    pub fn effort(&self, wished: &str) -> Option<&'static str> {
        let rank = EFFORTS.iter().position(|level| *level == wished)?;
        let lower = |level: &&&str| EFFORTS.iter().position(|other| other == *level) <= Some(rank);
        self.efforts.iter().rev().find(lower).copied()
    }

    fn price(&self, prompt: u64) -> Price {
        match self.long {
            Some((tokens, long)) if prompt > tokens => long,
            _ => self.price,
        }
    }

    /// The longest reply, in tokens, that this money pays beside its prompt.
    pub fn affords(&self, prompt: &Usage, money: MicroUsd) -> u64 {
        let rest = money.0.saturating_sub(self.cost(prompt).0);
        rest.saturating_mul(1000) / self.price(prompt.prompt()).output
    }

    /// What a request costs with this prompt and a reply of so many tokens.
    pub fn bill(&self, prompt: &Usage, reply: u64) -> MicroUsd {
        self.cost(&Usage { output: reply, ..*prompt })
    }

    fn cost(&self, usage: &Usage) -> MicroUsd {
        let price = self.price(usage.prompt());
        let nano = [
            (usage.input, price.input),
            (usage.output, price.output),
            (usage.cache_write_5m, price.cache_write_5m),
            (usage.cache_write_1h, price.cache_write_1h),
            (usage.cache_read, price.cache_read),
        ]
        .into_iter()
        .fold(0_u64, |sum, (tokens, each)| sum.saturating_add(tokens.saturating_mul(each)));
        MicroUsd(nano.div_ceil(1000))
    }
}

/// The model of this id or alias; `None` for one that the table does not have.
pub fn find(model: &str) -> Option<&'static Model> {
    let id = ALIASES.iter().find(|(alias, _)| *alias == model).map_or(model, |(_, id)| id);
    MODELS.iter().find(|row| row.id == id)
}

/// Tokens that a conversation with the model may have: the wished for, at most what fits, and at most what costs the
/// lower price.
pub fn budget(model: &str, wished: u64) -> u64 {
    find(model).map_or(wished, |row| row.long.map_or(row.context, |(tokens, _)| tokens).min(wished))
}

/// Whether the table has the model, by id or alias.
pub fn known(model: &str) -> bool {
    find(model).is_some()
}

/// The models that people are offered, the one we would choose first.
pub fn choices() -> impl Iterator<Item = &'static Model> {
    MODELS.iter().filter(|model| model.offered)
}

/// What one reply of `model` cost; `None` for a model without a known price.
pub fn cost(model: &str, usage: &Usage) -> Option<MicroUsd> {
    find(model).map(|row| row.cost(usage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_model_has_no_price() {
        assert_eq!(cost("gpt-oss:20b", &Usage { input: 1, ..Usage::default() }), None);
        assert!(!known("claude-opus-5-5-20260922"));
        assert!(known("claude-haiku-4-5-20251001"));
    }

    /// Dollars for a million tokens of input, output, five-minute write, one-hour write, read, as the price list has them.
    #[test]
    fn each_kind_of_token_of_each_model_has_its_price() {
        let prices = [
            ("claude-fable-5-1", "$10.00 $50.00 $12.50 $20.00 $0.25"),
            ("claude-opus-5-5", "$4.00 $20.00 $5.00 $8.00 $0.20"),
            ("claude-sonnet-5-5", "$2.00 $10.00 $2.50 $4.00 $0.10"),
            ("claude-haiku-5-5", "$0.50 $0.50 $0.63 $1.00 $0.05"),
            ("claude-opus-5", "$5.00 $25.00 $6.25 $10.00 $0.50"),
            ("claude-sonnet-5", "$2.00 $10.00 $2.50 $4.00 $0.20"),
            ("claude-opus-4-8", "$5.00 $25.00 $6.25 $10.00 $0.50"),
            ("claude-opus-4-7", "$5.00 $25.00 $6.25 $10.00 $0.50"),
            ("claude-opus-4-6", "$5.00 $25.00 $6.25 $10.00 $0.50"),
            ("claude-sonnet-4-6", "$3.00 $15.00 $3.75 $6.00 $0.30"),
            ("claude-haiku-4-5", "$1.00 $5.00 $1.25 $2.00 $0.10"),
        ];
        assert_eq!(prices.map(|(id, _)| id).len(), MODELS.len());
        for (id, expected) in prices {
            assert_eq!(per_million(id), expected, "{id}");
        }
    }

    fn per_million(id: &str) -> String {
        let kinds: [fn(&mut Usage) -> &mut u64; 5] = [
            |usage| &mut usage.input,
            |usage| &mut usage.output,
            |usage| &mut usage.cache_write_5m,
            |usage| &mut usage.cache_write_1h,
            |usage| &mut usage.cache_read,
        ];
        let costs = kinds.map(|kind| {
            let mut used = Usage::default();
            *kind(&mut used) = 1_000_000;
            cost(id, &used).unwrap().to_string()
        });
        costs.join(" ")
    }

    #[test]
    fn a_short_prompt_of_haiku_has_the_low_price() {
        let hundred = |usage: Usage| cost("haiku", &usage).unwrap().0;
        assert_eq!(hundred(Usage { input: 100_000, ..Usage::default() }), 10_000);
        assert_eq!(hundred(Usage { cache_write_5m: 100_000, ..Usage::default() }), 12_500);
        assert_eq!(hundred(Usage { cache_write_1h: 100_000, ..Usage::default() }), 20_000);
        assert_eq!(hundred(Usage { cache_read: 100_000, ..Usage::default() }), 1_000);
        assert_eq!(hundred(Usage { output: 100_000, ..Usage::default() }), 50_000);
    }

    #[test]
    fn what_money_affords_is_never_billed_higher() {
        for row in MODELS {
            for (prompt, money) in [(0, 1), (900, 10_000), (99_999, 200_000), (100_001, 200_000), (500_000, 9_000_000)]
            {
                let prompt = Usage { cache_write_5m: prompt, ..Usage::default() };
                let reply = row.affords(&prompt, MicroUsd(money));
                assert!(reply == 0 || row.bill(&prompt, reply) <= MicroUsd(money), "{} {prompt:?} {money}", row.id);
            }
        }
    }

    #[test]
    fn a_long_prompt_of_haiku_raises_the_price_of_every_token() {
        let usage = |cache_read| Usage { cache_read, output: 1000, ..Usage::default() };
        assert_eq!(cost("haiku", &usage(100_000)), Some(MicroUsd(1000 + 500)));
        assert_eq!(cost("haiku", &usage(100_001)), Some(MicroUsd(5001 + 2500)));
    }

    #[test]
    fn absurd_counts_do_not_overflow() {
        let usage = Usage { input: u64::MAX, cache_read: u64::MAX, ..Usage::default() };
        assert_eq!(usage.prompt(), u64::MAX);
        assert!(cost("haiku", &usage).is_some());
    }

    #[test]
    fn effort_falls_to_the_next_level_that_the_model_takes() {
        let effort = |model, wished| find(model).and_then(|row| row.effort(wished));
        assert_eq!(effort("claude-opus-5-5", "xhigh"), Some("xhigh"));
        assert_eq!(effort("claude-opus-4-6", "xhigh"), Some("high"));
        assert_eq!(effort("claude-haiku-4-5", "high"), None);
        assert_eq!(effort("claude-opus-5-5", "enormous"), None);
    }

    #[test]
    fn ids_are_unique_and_aliases_lead_to_one() {
        for row in MODELS {
            assert_eq!(MODELS.iter().filter(|other| other.id == row.id).count(), 1, "{}", row.id);
        }
        for (alias, id) in ALIASES {
            assert!(MODELS.iter().any(|row| row.id == *id), "{alias}");
        }
    }
}
