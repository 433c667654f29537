//! `log`: what operators see.

use crate::bindings::claudetools::plugin::log;
use crate::call::{Event, Level};
use crate::ctx::Ctx;

use super::cut;

/// How much a call may still log.
#[derive(Debug)]
pub(crate) struct Log {
    left: u64,
    cut: bool,
}

impl Log {
    pub(crate) fn new(bytes: u64) -> Self {
        Self { left: bytes, cut: false }
    }

    /// The part of a line that still fits; the first one that does not says so; `None` afterwards.
    fn take(&mut self, message: String) -> Option<String> {
        if self.cut {
            return None;
        }
        let length = message.len() as u64 + 1;
        if length <= self.left {
            self.left -= length;
            return Some(message);
        }
        self.cut = true;
        let kept = cut(message, usize::try_from(self.left).unwrap_or(usize::MAX));
        Some(format!("{kept} … the log of this call is cut here"))
    }
}

impl log::Host for Ctx {
    async fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        if let Some(message) = self.log.take(message) {
            let level = match level {
                log::Level::Debug => Level::Debug,
                log::Level::Info => Level::Info,
                log::Level::Warn => Level::Warn,
                log::Level::Error => Level::Error,
            };
            let _ = self.events.send(Event::Log { level, message }).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_cut_once_and_says_so() {
        let mut log = Log::new(10);
        assert_eq!(log.take("four".to_owned()).as_deref(), Some("four"));
        assert_eq!(log.take("sixsix".to_owned()).as_deref(), Some("sixsi … the log of this call is cut here"));
        assert_eq!(log.take("x".to_owned()), None);
    }
}
