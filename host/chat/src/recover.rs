//! Going on where the last run ended.

use std::collections::BTreeSet;
use std::sync::Arc;

use claudetools_agent::ThreadId;
use claudetools_ledger::LedgerError;

use crate::desk::Desk;

impl Desk {
    /// Sets every thread to work that has a turn without an end or a message without a turn, and brings what is owed.
    pub(crate) async fn recover(self: &Arc<Self>) -> Result<(), LedgerError> {
        let ledger = &self.settings.ledger;
        for front in self.fronts() {
            for thread in ledger.owed(front.name()).await? {
                self.deliver_soon(&thread);
            }
        }
        let cut_off = ledger.unfinished().await?.into_iter().map(|(thread, _)| thread);
        let unheard = ledger.unsettled(None).await?.into_iter().map(|row| row.thread);
        let threads: BTreeSet<ThreadId> = cut_off.chain(unheard).collect();
        for thread in threads.iter().filter(|thread| self.front(thread).is_some()) {
            self.wake(thread, None);
        }
        Ok(())
    }
}
