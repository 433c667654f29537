//! From events to bytes, with everything that can go wrong on the way.

use std::io;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc::Sender;
use tokio::time::{Duration, sleep};

use super::reply::{Chunks, Ending, Noise, Pace, Point, Reply};

/// What a body is made of.
pub(super) type Chunk = Result<Bytes, io::Error>;

/// How long bytes get to leave before the connection breaks: an error in a body discards what is not yet written.
const LEAVE: Duration = Duration::from_millis(20);

/// The bytes of one stream, in order, and how they end.
pub(super) struct Wire {
    chunks: Vec<Bytes>,
    /// Chunks before the ending strikes.
    until: usize,
    ending: Ending,
    pace: Pace,
}

/// What became of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    AsScripted,
    ClosedByClient,
}

impl Wire {
    /// The stream of a reply whose events are these.
    pub fn new(reply: &Reply, events: &[Value]) -> Self {
        let strikes = point(&reply.ending).map_or(events.len(), |point| place(point, events));
        let frames: Vec<String> = events.iter().enumerate().map(|(at, event)| frame(reply, at, event)).collect();
        let before = chunks(reply, &frames[..strikes]);
        let after = match &reply.ending {
            Ending::Whole | Ending::Stall(..) => chunks(reply, &frames[strikes..]),
            Ending::Error(_, failure) => chunks(reply, &[frame(reply, 0, &failure.event())]),
            Ending::Broken(_) | Ending::Short(_) => Vec::new(),
        };
        let until = before.len();
        let chunks = [before, after].concat();
        Self { chunks, until, ending: reply.ending.clone(), pace: reply.pace }
    }

    /// Sends it all. `sent` is called after each chunk, `last` before the last one.
    pub async fn send(self, to: &Sender<Chunk>, mut sent: impl FnMut(), last: impl FnOnce()) -> Sent {
        let mut last = Some(last);
        for (at, chunk) in self.chunks.iter().enumerate() {
            let wait = self.pace.between + self.stall(at);
            if !wait.is_zero() && !open_for(to, wait).await {
                return Sent::ClosedByClient;
            }
            if at + 1 == self.chunks.len()
                && let Some(last) = last.take()
            {
                last();
            }
            if to.send(Ok(chunk.clone())).await.is_err() {
                return Sent::ClosedByClient;
            }
            sent();
        }
        if matches!(self.ending, Ending::Broken(_)) {
            sleep(LEAVE).await;
            let broken = io::Error::new(io::ErrorKind::ConnectionReset, "the script breaks here");
            // A client that is gone does not miss it.
            let _ = to.send(Err(broken)).await;
        }
        Sent::AsScripted
    }

    fn stall(&self, at: usize) -> Duration {
        match self.ending {
            Ending::Stall(_, silence) if at == self.until => silence,
            _ => Duration::ZERO,
        }
    }
}

/// Waits; false as soon as the client closes the connection.
async fn open_for(to: &Sender<Chunk>, wait: Duration) -> bool {
    tokio::select! {
        () = to.closed() => false,
        () = sleep(wait) => true,
    }
}

fn point(ending: &Ending) -> Option<Point> {
    match ending {
        Ending::Whole => None,
        Ending::Broken(point) | Ending::Short(point) | Ending::Error(point, _) | Ending::Stall(point, _) => {
            Some(*point)
        }
    }
}

/// How many events come before a point; all of them where there is no such point.
fn place(point: Point, events: &[Value]) -> usize {
    let delta = |kind: &str, piece: &str| {
        let fits = |e: &Value| e["delta"]["type"] == kind && e["delta"][piece] != "";
        events.iter().position(fits).map(|at| at + 1)
    };
    let found = match point {
        Point::Start => Some(0),
        Point::Events(count) => Some(count),
        Point::InsideText => delta("text_delta", "text"),
        Point::InsideTool => delta("input_json_delta", "partial_json"),
        Point::AfterTool => events.iter().position(|e| e["type"] == "message_delta"),
        Point::BeforeStop => events.iter().position(|e| e["type"] == "message_stop"),
    };
    found.unwrap_or(events.len()).min(events.len())
}

fn frame(reply: &Reply, at: usize, event: &Value) -> String {
    let mut frame = String::new();
    for noise in &reply.noise {
        match noise {
            Noise::Comments if at % 2 == 1 => frame.push_str(": keep-alive\n\nretry: 3000\nid: 7\n"),
            Noise::GiantLine(length) if at == 2 => {
                frame.push_str(&format!(":{}\n\n", "x".repeat(*length)));
            }
            Noise::Garbage if at == 3 => frame.push_str("data: {\"type\":\"content_blo\n\n"),
            _ => {}
        }
    }
    let kind = event["type"].as_str().unwrap_or_default();
    frame.push_str(&format!("event: {kind}\ndata: {event}\n\n"));
    match reply.has(Noise::CrLf) {
        true => frame.replace('\n', "\r\n"),
        false => frame,
    }
}

fn chunks(reply: &Reply, frames: &[String]) -> Vec<Bytes> {
    match reply.chunks {
        Chunks::Events => frames.iter().cloned().map(Bytes::from).collect(),
        Chunks::Whole if frames.is_empty() => Vec::new(),
        Chunks::Whole => vec![Bytes::from(frames.concat())],
        Chunks::Bytes(size) => {
            let all = frames.concat();
            all.as_bytes().chunks(size.max(1)).map(Bytes::copy_from_slice).collect()
        }
    }
}
