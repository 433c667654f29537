//! What the host decided during a call, for the audit.

use claudetools_egress::Asked;
use claudetools_policy::{Access, Refusal, RootName};

/// Rows that are kept of one call. A search over 20,000 files decides 20,000 times; the audit needs to
/// see what was touched first and how much there was in all.
const ROWS: usize = 256;

/// What a decision was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A file or directory below a root.
    File {
        /// The root.
        root: RootName,
        /// The resolved path below it, or what was asked for where it could not be resolved.
        path: String,
        /// What was to be done.
        access: Access,
    },
    /// A request over HTTP.
    Request(Asked),
    /// Anything else of the network, or a request that could not be read: what was asked for.
    Network(String),
    /// A native program: the command line.
    Program(String),
    /// The plugin's state, by key.
    State(String),
    /// The client that the call is about, or what was named for one.
    Client(String),
    /// A limit of the call.
    Limit,
}

impl Subject {
    /// Whether doing it changes something. Requests that change nothing are those of RFC 9110, and those of which a grant says
    /// so.
    pub fn changes(&self) -> bool {
        match self {
            Self::File { access, .. } => changes(*access),
            Self::Request(asked) => !asked.looks && asked.target.method != "OPTIONS",
            Self::Program(_) => true,
            Self::Network(_) | Self::State(_) | Self::Client(_) | Self::Limit => false,
        }
    }
}

fn changes(access: Access) -> bool {
    !matches!(access, Access::Read | Access::List)
}

/// One decision, or the same one several times in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectRecord {
    /// What it was about.
    pub subject: Subject,
    /// The grant that allowed it, or the refusal.
    pub decision: Result<String, Refusal>,
    /// How many times in a row.
    pub times: u64,
}

/// Bytes of replaced files that are kept of one call, before and after: what is longer nobody reads in a chat.
const KEPT: usize = 512 << 10;

/// A file whose bytes a call replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The root.
    pub root: RootName,
    /// The resolved path below it.
    pub path: String,
    /// Its bytes before; empty where it was not there.
    pub before: Vec<u8>,
    /// Its bytes after.
    pub after: Vec<u8>,
}

/// The decisions of one call, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The first 256 rows.
    pub rows: Vec<EffectRecord>,
    /// How many decisions allowed something, in all.
    pub allowed: u64,
    /// How many refused, in all.
    pub refused: u64,
    /// Whether something was done that stays when the call has ended: beyond reading, and beyond a directory of its own.
    pub changed: bool,
    /// Files that it replaced, to be shown to people: none of a confidential root, and no more than can be read.
    pub replaced: Vec<Replaced>,
    pub(crate) last_refusal: Option<Refusal>,
}

impl Effects {
    /// Counts an allowed access to a file of which no row is kept.
    pub(crate) fn count(&mut self, access: Access) {
        self.allowed += 1;
        self.changed |= changes(access);
    }

    /// Keeps what a file was and is, as long as there is room for it.
    pub(crate) fn keep(&mut self, replaced: Replaced) {
        let size = |kept: &Replaced| kept.before.len() + kept.after.len();
        if self.replaced.iter().chain([&replaced]).map(size).sum::<usize>() <= KEPT {
            self.replaced.push(replaced);
        }
    }

    /// Notes one decision.
    pub(crate) fn note(&mut self, subject: Subject, decision: Result<&str, &Refusal>) {
        match decision {
            Ok(_) => {
                self.allowed += 1;
                self.changed |= subject.changes();
            }
            Err(refusal) => {
                self.refused += 1;
                self.last_refusal = Some(refusal.clone());
            }
        }
        let decision = decision.map(str::to_owned).map_err(Clone::clone);
        let full = self.full();
        match self.rows.last_mut() {
            Some(last) if last.subject == subject && last.decision == decision => last.times += 1,
            _ if full => {}
            _ => self.rows.push(EffectRecord { subject, decision, times: 1 }),
        }
    }

    /// Counts an allowed decision once the rows are full, without the cost of building a row.
    pub(crate) fn full(&self) -> bool {
        self.rows.len() >= ROWS
    }
}
