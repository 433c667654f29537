//! "Is typing", for as long as somebody holds it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use crate::rest::Rest;

/// Discord shows it for ten seconds.
const EVERY: Duration = Duration::from_secs(8);
/// Nobody waits this long for an answer; an indicator that outlives its turn by a mistake ends here.
const LONGEST: Duration = Duration::from_secs(2 * 60 * 60);

/// Dropping it stops it.
pub(crate) struct Typing(JoinHandle<()>);

impl Typing {
    pub(crate) fn start(rest: Arc<Rest>, channel: u64) -> Self {
        Self(tokio::spawn(async move {
            let _too_long = timeout(LONGEST, keep(&rest, channel)).await;
        }))
    }
}

async fn keep(rest: &Rest, channel: u64) {
    let mut ticks = interval(EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = rest.typing(channel).await
            && !error.may_pass()
        {
            return;
        }
    }
}

impl Drop for Typing {
    fn drop(&mut self) {
        self.0.abort();
    }
}
