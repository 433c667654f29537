//! The models the fake knows, and what each of them takes.

use Takes::*;

/// Something that a model may or may not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// `thinking: {type: "adaptive"}`.
    Adaptive,
    /// `thinking: {type: "disabled"}` at every effort.
    Disabled,
    /// `thinking: {type: "disabled"}` up to effort `high`.
    DisabledToHigh,
    /// `thinking: {type: "between_tools"}` up to effort `high`.
    BetweenTools,
    /// `thinking: {type: "enabled", budget_tokens}`.
    Budget,
    /// Thinks when the request does not speak of it.
    ThinksUnasked,
    /// Shows a summary of its thinking when the request does not say what to show.
    Summarizes,
    /// `temperature`, `top_p`, `top_k`.
    Sampling,
    /// A last message of the assistant.
    Prefill,
    /// `tool_choice` of type `any` or `tool`.
    ForcedTool,
    /// Messages of role `system`.
    SystemRole,
    /// `compaction`, and the block that it gave.
    Compacts,
}

/// One model.
#[derive(Debug)]
pub(super) struct Model {
    pub id: &'static str,
    pub name: &'static str,
    pub released: &'static str,
    /// Tokens of prompt and reply together.
    pub window: u64,
    pub max_output: u64,
    /// The smallest prefix that is cached, in tokens.
    pub min_cache: u64,
    /// Effort levels, lowest first; none where the parameter is refused.
    pub efforts: &'static [&'static str],
    /// Whether a thinking block is valid only after the very prefix it was made for.
    pub binds_thinking: Binds,
    pub takes: &'static [Takes],
}

/// Whether a model's thinking blocks are bound to what stood before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binds {
    Prefix,
    Nothing,
}

impl Model {
    pub fn takes(&self, what: Takes) -> bool {
        self.takes.contains(&what)
    }
}

const FIVE: &[&str] = &["low", "medium", "high", "xhigh", "max"];
const FOUR: &[&str] = &["low", "medium", "high", "max"];
const M: u64 = 1_000_000;
const K128: u64 = 128_000;

const fn model(
    id: &'static str,
    name: &'static str,
    released: &'static str,
    min_cache: u64,
    efforts: &'static [&'static str],
    binds_thinking: Binds,
    takes: &'static [Takes],
) -> Model {
    Model { id, name, released, window: M, max_output: K128, min_cache, efforts, binds_thinking, takes }
}

/// Sonnet 5.5's smallest cacheable prefix is not published: 1024 is what Sonnet 5 has. Whether Haiku 5.5 takes
/// messages of role `system` and summarises is not published either: the fake refuses both, which is the safe side.
#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    model("claude-fable-5-1", "Claude Fable 5.1", "2026-09-01", 512, FIVE, Binds::Prefix,
        &[Adaptive, ThinksUnasked, SystemRole, Compacts]),
    model("claude-opus-5-5", "Claude Opus 5.5", "2026-09-22", 512, FIVE, Binds::Prefix,
        &[Adaptive, ThinksUnasked, SystemRole, Compacts]),
    model("claude-sonnet-5-5", "Claude Sonnet 5.5", "2026-09-29", 1024, FIVE, Binds::Prefix,
        &[Adaptive, BetweenTools, ThinksUnasked, SystemRole, Compacts]),
    model("claude-haiku-5-5", "Claude Haiku 5.5", "2026-10-07", 512, FIVE, Binds::Prefix,
        &[Adaptive, DisabledToHigh, ThinksUnasked, ForcedTool]),
    model("claude-opus-5", "Claude Opus 5", "2026-07-24", 512, FIVE, Binds::Nothing,
        &[Adaptive, DisabledToHigh, ThinksUnasked, ForcedTool, SystemRole, Compacts]),
    model("claude-sonnet-5", "Claude Sonnet 5", "2026-06-30", 1024, FIVE, Binds::Nothing,
        &[Adaptive, Disabled, ThinksUnasked, ForcedTool, Compacts]),
    model("claude-opus-4-8", "Claude Opus 4.8", "2026-05-28", 1024, FIVE, Binds::Nothing,
        &[Adaptive, Disabled, ForcedTool, SystemRole, Compacts]),
    model("claude-opus-4-7", "Claude Opus 4.7", "2026-04-16", 2048, FIVE, Binds::Nothing,
        &[Adaptive, Disabled, ForcedTool, Compacts]),
    model("claude-opus-4-6", "Claude Opus 4.6", "2026-02-05", 4096, FOUR, Binds::Nothing,
        &[Adaptive, Disabled, Budget, Summarizes, Sampling, ForcedTool, Compacts]),
    model("claude-sonnet-4-6", "Claude Sonnet 4.6", "2026-02-17", 1024, FOUR, Binds::Nothing,
        &[Adaptive, Disabled, Budget, Summarizes, Sampling, ForcedTool, Compacts]),
    HAIKU_4_5,
    Model { id: "claude-haiku-4-5-20251001", ..HAIKU_4_5 },
];

const HAIKU_4_5: Model = Model {
    id: "claude-haiku-4-5",
    name: "Claude Haiku 4.5",
    released: "2025-10-01",
    window: 200_000,
    max_output: 64_000,
    min_cache: 4096,
    efforts: &[],
    binds_thinking: Binds::Nothing,
    takes: &[Disabled, Budget, Summarizes, Sampling, Prefill, ForcedTool],
};

/// The model of this id.
pub(super) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}
