//! The durable store: what was said, what is owed, what was done.
//!
//! - [`Ledger`]: open one with [`Ledger::open`] (start here); one process at a time, or many that only read.
//! - [`Received`]: a person's message in the inbox, unique by the front's id, settled when its turn ends; [`Mode`] says how it waits.
//! - [`Batch`]: what one step of a turn writes, all of it or nothing: journal entries, usage, an outgoing delivery.
//! - [`Outgoing`]: a delivery in the outbox, kept until the front says it is there.
//! - [`Asking`], [`Asked`], [`State`]: a question to a person, settled once and used once.
//! - [`Given`], [`Artifact`]: files that tools gave to people.
//! - [`Account`], [`Limit`]: whose money a request spends, set aside by [`Ledger::reserve`] before it is made.
//! - [`Ledger::back_up`], [`Ledger::restore`]: copies, and putting one in the ledger's place.
//! - [`Record`]: a row of the audit, hash-chained: [`Ledger::append_audit`], [`Ledger::verify_audit`].
//!
//! Mentions and deliveries are opaque text here; the chat crate knows their shape. The journal's entries are the
//! agent's. Not here: the network, Discord, any decision.
//!
//! SQLite in WAL mode, one connection that writes and a few that read.

#![forbid(unsafe_code)]

mod artifact;
mod audit;
mod backup;
mod choice;
mod clock;
mod confirmation;
mod error;
mod fork;
mod inbox;
mod journal;
mod money;
mod open;
mod outbox;
mod restore;
mod small;
mod status_card;
mod thread;
mod usage;
mod write;

pub use artifact::{Artifact, Given};
pub use audit::{Broken, Kind, Record, Row, Verified};
pub use backup::backup_file;
pub use clock::{from_now, now};
pub use confirmation::{Asked, Asking, State};
pub use error::LedgerError;
pub use inbox::{Inboxed, Mode, Receipt, Received, Voice};
pub use journal::Batch;
pub use money::{Account, Limit, Reserved, Scope, Standing};
pub use open::Ledger;
pub use outbox::{Outgoing, Pending};
pub use restore::{Lost, Restored};
pub use status_card::StatusCard;
pub use thread::ThreadRow;
pub use usage::{By, Totals, UsageRow};
