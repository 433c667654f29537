//! Clocks that tick once a millisecond.

use std::time::{Duration, Instant, SystemTime};

use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

/// The resolution of both clocks. Finer ones let a guest time what other calls do to the caches.
const TICK: Duration = Duration::from_millis(1);

/// The host's clocks, rounded down to the tick.
pub(super) struct Coarse {
    start: Instant,
}

impl Default for Coarse {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

fn rounded(time: Duration) -> Duration {
    time - Duration::from_nanos((time.subsec_nanos() % 1_000_000).into())
}

impl HostWallClock for Coarse {
    fn resolution(&self) -> Duration {
        TICK
    }

    fn now(&self) -> Duration {
        rounded(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }
}

impl HostMonotonicClock for Coarse {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        u64::try_from(rounded(self.start.elapsed()).as_nanos()).unwrap_or(u64::MAX)
    }
}
