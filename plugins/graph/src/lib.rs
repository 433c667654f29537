//! Microsoft 365 for plugins: what is asked, how it is asked, and what a missing answer means.
//!
//! The pure half of a check lives in its plugin; here is the way to the answers that it reads. A plugin never has a
//! token: the host adds it to each request. Nothing here writes, unless a caller builds such an [`Ask`].
//!
//! - [`Ask`] is one question to Graph, Exchange Online or DNS; [`Tenant::fetch`] asks several, four at a time, follows
//!   pages, waits where the service says so, and gives back an [`Outcome`] for each: a [`Reply`], or the [`Gap`] that
//!   the check has instead.
//! - [`Wire`] is the way out: [`Network`] within the host, `Recorded` in tests.
//! - [`envelope`] is the result that every check ends in.
//! - [`text`] makes what a stranger wrote harmless, [`time`] shows a moment, [`ids`] makes ids of a call's id.

#![forbid(unsafe_code)]

mod ask;
mod batch;
pub mod encode;
pub mod envelope;
mod exo;
mod finding;
mod gap;
pub mod ids;
mod journey;
mod pages;
mod queue;
#[cfg(feature = "recorded")]
mod recorded;
mod retry;
mod tenant;
pub mod text;
pub mod time;
mod wire;

pub use ask::{Ask, Service};
pub use exo::Exchange;
pub use gap::{Class, Gap};
pub use jiff;
pub use pages::Reply;
#[cfg(feature = "recorded")]
pub use recorded::Recorded;
pub use tenant::{Counts, Outcome, Places, Tenant};
pub use wire::{Network, Wire};
