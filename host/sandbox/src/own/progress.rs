//! `progress`: what the person in the thread sees while the tool runs.

use crate::bindings::claudetools::plugin::progress;
use crate::call::Event;
use crate::ctx::Ctx;

use super::cut;

/// A status is one short line.
const MAX_STATUS: usize = 200;

impl progress::Host for Ctx {
    /// Left out while the reader is behind: the next one replaces it anyway.
    fn status(&mut self, text: String) -> wasmtime::Result<()> {
        let line = text.lines().next().unwrap_or_default().to_owned();
        let _ = self.events.try_send(Event::Status(cut(line, MAX_STATUS)));
        Ok(())
    }

    fn steps(&mut self, done: u32, total: Option<u32>) -> wasmtime::Result<()> {
        let _ = self.events.try_send(Event::Steps { done, total });
        Ok(())
    }

    /// Waits for the reader, counts against the output, and is dropped beyond that.
    async fn append(&mut self, text: String) -> wasmtime::Result<()> {
        let left = self.meter.take_live(text.len() as u64);
        let text = cut(text, usize::try_from(left).unwrap_or(usize::MAX));
        if !text.is_empty() {
            // A reader that went away is no fault of the guest.
            let _ = self.events.send(Event::Append(text)).await;
        }
        Ok(())
    }
}
