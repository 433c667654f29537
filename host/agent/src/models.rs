//! What each model accepts, and what it costs.

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
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl Usage {
    /// The size of the prompt.
    pub fn prompt(&self) -> u64 {
        self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read
    }
}

/// What one reply of `model` cost; `None` for a model without a known price.
pub fn cost(_model: &str, _usage: &Usage) -> Option<MicroUsd> {
    todo!()
}
