//! A thread that nobody works in while something is done to its conversation.

use std::sync::Arc;

use claudetools_agent::ThreadId;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::desk::{Desk, Input};
use crate::lane;

/// A thread without a turn, as long as this lives. Messages that come meanwhile begin one afterwards.
pub(crate) struct Hold {
    desk: Arc<Desk>,
    thread: ThreadId,
    inputs: UnboundedReceiver<Input>,
    said: bool,
}

impl Hold {
    pub(crate) fn new(desk: Arc<Desk>, thread: ThreadId, inputs: UnboundedReceiver<Input>) -> Self {
        Self { desk, thread, inputs, said: false }
    }

    /// Waits until a person, or the end of the program, wants it to end.
    pub(crate) async fn stopped(&mut self) {
        while let Some(Input::Said(_)) = self.inputs.recv().await {
            self.said = true;
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.said && !self.desk.closing() || !self.desk.leave(&self.thread, &mut self.inputs) {
            let inputs = std::mem::replace(&mut self.inputs, unbounded_channel().1);
            tokio::spawn(lane::run(Arc::clone(&self.desk), self.thread.clone(), inputs));
        }
    }
}
