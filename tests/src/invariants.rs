//! What must hold after every scenario, whatever happened in it. One function says what does not.
//!
//! | | |
//! |---|---|
//! | I1 at most once | an effect that was counted outside happened once for each mark |
//! | I2 valid transcript | the next request of every thread would be accepted |
//! | I3 one answer | every message is settled by a turn with exactly one answer, which stands once |
//! | I4 no orphans | no process, no directory of a call, no half file, no question without a turn is left |
//! | I5 audit is a prefix | the chain verifies, and everything that was executed or counted is in it |
//! | I6 isolation | what belongs to one thread stands in no other, nor in another one's requests |
//! | I7 bounded | memory, files, threads of a running program; queues and database |
//! | I8 said | nobody waits for a word: nothing is owed |

mod process;
mod store;
mod threads;

use std::path::Path;

use claudetools_ledger::Ledger;
use claudetools_support::anthropic::FakeAnthropic;
use claudetools_support::discord::FakeDiscord;

pub use process::bounded;
pub use store::{at_rest, received};

/// What is looked at, once everything has come to rest and no program runs.
pub struct Rest<'a> {
    /// What people see.
    pub discord: &'a FakeDiscord,
    /// What the model was asked.
    pub model: &'a FakeAnthropic,
    /// The data directory.
    pub data: &'a Path,
    /// Effects that the world outside counted, each by its mark.
    pub effects: Vec<String>,
    /// A word that belongs to one thread only, for each thread that has one.
    pub marks: Vec<(u64, String)>,
}

impl<'a> Rest<'a> {
    /// Without effects and marks.
    pub fn of(discord: &'a FakeDiscord, model: &'a FakeAnthropic, data: &'a Path) -> Self {
        Self { discord, model, data, effects: Vec::new(), marks: Vec::new() }
    }

    /// Everything that does not hold, one line each.
    ///
    /// # Errors
    ///
    /// Where the ledger can't be read.
    pub async fn broken(&self) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let mut broken = process::left_over(self.data);
        let ledger = Ledger::open(self.data).await?;
        broken.extend(threads::invalid(&ledger).await?);
        broken.extend(threads::audit(&ledger, &self.effects).await?);
        broken.extend(threads::mixed(self, &ledger).await?);
        ledger.close().await;
        broken.extend(store::unanswered(self.discord, &self.data.join("ledger.sqlite")).await?);
        Ok(broken)
    }

    /// Holds all of it.
    ///
    /// # Panics
    ///
    /// With everything that does not hold, and what is seen in Discord.
    pub async fn assert_whole(&self) {
        match self.broken().await {
            Ok(broken) if broken.is_empty() => {}
            Ok(broken) => panic!("{}\n{}", broken.join("\n"), self.discord.scene()),
            Err(error) => panic!("the ledger can't be read: {error}"),
        }
    }
}
