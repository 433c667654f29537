//! What is sent beyond the common subset, where the model takes it.

use std::collections::BTreeSet;

use crate::models::{Binding, Model, Thinking};

use super::Dialect;
use super::fault::Fault;

/// A part of a request that not every model or server accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Feature {
    /// `thinking: adaptive`.
    Thinking,
    /// Its `display: updates`: notes between tool calls.
    Updates,
    /// Its `block_binding`: thinking of a changed history is dropped instead of refused.
    Binding,
    /// `output_config.effort`.
    Effort,
    /// `cache_control`.
    Caching,
    /// `compaction`, and the block that it gave, in every later request.
    Compaction,
    /// `context_management`: old tool results are taken out of a long prompt.
    Clearing,
}

impl Feature {
    /// The beta that must be named for it.
    pub(super) fn beta(self) -> Option<&'static str> {
        match self {
            Self::Updates => Some("thinking-display-updates-2026-08-18"),
            Self::Binding => Some("thinking-binding-controls-2026-08-01"),
            Self::Compaction => Some("compact-2026-09-04"),
            Self::Clearing => Some("context-management-2025-06-27"),
            Self::Thinking | Self::Effort | Self::Caching => None,
        }
    }

    /// Words of an error that blame it.
    fn blamed_by(self) -> &'static [&'static str] {
        match self {
            Self::Binding => &["block_binding", "thinking-binding-controls"],
            Self::Updates => &["thinking.display", "thinking.adaptive.display", "thinking-display-updates"],
            Self::Effort => &["effort", "output_config"],
            Self::Caching => &["cache_control"],
            Self::Compaction => &["compaction", "compact-2026"],
            Self::Clearing => &["context_management", "context-management", "clear_tool_uses"],
            Self::Thinking => &["adaptive thinking", "thinking.type", "thinking.adaptive", "thinking: "],
        }
    }
}

/// The more exact one first: an error about a part of `thinking` is not about all of it.
const BY_EXACTNESS: [Feature; 7] = [
    Feature::Binding,
    Feature::Updates,
    Feature::Effort,
    Feature::Caching,
    Feature::Compaction,
    Feature::Clearing,
    Feature::Thinking,
];

/// What to send to a model of this row, lacking what it was seen to lack.
pub(super) fn of(dialect: Dialect, model: Option<&Model>, lacking: Option<&BTreeSet<Feature>>) -> BTreeSet<Feature> {
    let mut features = BTreeSet::new();
    if dialect == Dialect::Compatible {
        return features;
    }
    features.insert(Feature::Caching);
    if let Some(model) = model {
        features.extend((model.thinking != Thinking::Off).then_some(Feature::Thinking));
        features.extend((model.thinking == Thinking::AdaptiveWithUpdates).then_some(Feature::Updates));
        features.extend((model.binding == Binding::Checked).then_some(Feature::Binding));
        features.extend((!model.efforts.is_empty()).then_some(Feature::Effort));
        features.extend(model.compacts.then_some(Feature::Compaction));
        features.extend(model.clears.then_some(Feature::Clearing));
    }
    features.retain(|feature| !lacking.is_some_and(|lacking| lacking.contains(feature)));
    if !features.contains(&Feature::Thinking) {
        features.remove(&Feature::Updates);
        features.remove(&Feature::Binding);
    }
    features
}

/// The feature that a refused request can do without: the server blamed it, and it was sent.
///
/// An error about a message (`messages.3.content.0: … thinking …`) blames what is said, not a feature.
pub(super) fn culprit(fault: &Fault, sent: &BTreeSet<Feature>) -> Option<Feature> {
    let message = fault.message();
    if fault.status() != 400 || message.starts_with("messages.") || message.contains("cannot be modified") {
        return None;
    }
    let blamed = |feature: &&Feature| feature.blamed_by().iter().any(|words| message.contains(words));
    let named = BY_EXACTNESS.iter().filter(|feature| sent.contains(feature)).find(blamed).copied();
    let beta = message.contains("anthropic-beta") || message.contains("beta header");
    named
        .or_else(|| BY_EXACTNESS.into_iter().find(|feature| beta && feature.beta().is_some() && sent.contains(feature)))
}
