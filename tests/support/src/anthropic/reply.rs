//! A reply of the model: its blocks, how they are streamed, and what goes wrong meanwhile.

use std::time::Duration;

use serde_json::Value;

use super::failure::Failure;

/// One reply. Made with [`Reply::new`] and the block methods, in the order in which the blocks are to come.
///
/// The stop reason is `tool_use` where a tool is called and `end_turn` elsewhere, unless [`Reply::stop`] says so.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) blocks: Vec<Block>,
    pub(super) stop: Option<String>,
    pub(super) stop_details: Option<Value>,
    pub(super) usage: Option<Value>,
    pub(super) pace: Pace,
    pub(super) noise: Vec<Noise>,
    pub(super) chunks: Chunks,
    pub(super) ending: Ending,
}

/// A block of a reply.
#[derive(Clone, Debug)]
pub(super) enum Block {
    Text(String),
    Thinking(String),
    Redacted,
    Tool {
        id: Option<String>,
        name: String,
        input: String,
    },
    /// A summary of the conversation.
    Summary(String),
    /// Arrives complete in its `content_block_start`.
    Whole(Value),
}

/// How fast a reply comes, and in what pieces.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The pause before each event. Default none.
    pub between: Duration,
    /// Characters of text or of tool input in one delta. Default 12.
    pub delta: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { between: Duration::ZERO, delta: 12 }
    }
}

/// What a stream carries besides the reply; a client must not mind any of it but [`Noise::Garbage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Events, blocks, deltas and fields of a later version of the API, and pings.
    Future,
    /// SSE comments, and fields that the API does not use.
    Comments,
    /// A comment line of this many bytes.
    GiantLine(usize),
    /// An event whose data is not JSON, in the middle.
    Garbage,
    /// Lines that end with CR LF.
    CrLf,
}

/// How the bytes of a stream are cut into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunks {
    /// One event each.
    Events,
    /// This many bytes each: splits lines, and characters of more than one byte.
    Bytes(usize),
    /// All in one.
    Whole,
}

/// How a stream ends.
#[derive(Clone, Debug)]
pub enum Ending {
    /// As it should.
    Whole,
    /// The connection breaks there.
    Broken(Point),
    /// The body ends there as if it were complete.
    Short(Point),
    /// An `error` event comes there, then the body ends.
    Error(Point, Failure),
    /// Silence of this length there; then it goes on to the end.
    Stall(Point, Duration),
}

/// A place in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before the first byte of the body. With [`Ending::Broken`] not even headers come: the server hangs up.
    Start,
    /// After this many events.
    Events(usize),
    /// After the first text delta.
    InsideText,
    /// After the first piece of a tool's input.
    InsideTool,
    /// After the `content_block_stop` of the last tool, before the stop reason.
    AfterTool,
    /// Before `message_stop`.
    BeforeStop,
}

impl Default for Reply {
    fn default() -> Self {
        Self::new()
    }
}

impl Reply {
    /// An empty reply.
    pub fn new() -> Self {
        Self {
            blocks: Vec::new(),
            stop: None,
            stop_details: None,
            usage: None,
            pace: Pace::default(),
            noise: Vec::new(),
            chunks: Chunks::Events,
            ending: Ending::Whole,
        }
    }

    /// A text block.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.block(Block::Text(text.into()))
    }

    /// A thinking block. How much of its text is sent follows from the request's `thinking.display`; a request
    /// that thinks not at all gets no such block.
    pub fn thinking(self, text: impl Into<String>) -> Self {
        self.block(Block::Thinking(text.into()))
    }

    /// A redacted thinking block.
    pub fn redacted(self) -> Self {
        self.block(Block::Redacted)
    }

    /// A tool call with an id of its own.
    pub fn tool(self, name: &str, input: Value) -> Self {
        self.block(Block::Tool { id: None, name: name.to_owned(), input: input.to_string() })
    }

    /// A tool call with this id, and this text as its input, JSON or not.
    pub fn tool_as(self, id: &str, name: &str, input: &str) -> Self {
        let (id, name, input) = (Some(id.to_owned()), name.to_owned(), input.to_owned());
        self.block(Block::Tool { id, name, input })
    }

    /// A summary of the conversation, as a request with `compaction` is answered.
    pub fn summary(self, text: &str) -> Self {
        self.block(Block::Summary(text.to_owned())).stop("compaction")
    }

    /// Any other block, complete from its start.
    pub fn whole(self, block: Value) -> Self {
        self.block(Block::Whole(block))
    }

    /// With this stop reason.
    pub fn stop(self, reason: &str) -> Self {
        Self { stop: Some(reason.to_owned()), ..self }
    }

    /// A refusal with these details.
    pub fn refusal(self, details: Value) -> Self {
        Self { stop_details: Some(details), ..self.stop("refusal") }
    }

    /// With these fields over the computed usage of the last `message_delta`.
    pub fn usage(self, usage: Value) -> Self {
        Self { usage: Some(usage), ..self }
    }

    /// At this pace.
    pub fn pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// With this noise, too.
    pub fn noise(mut self, noise: Noise) -> Self {
        self.noise.push(noise);
        self
    }

    /// In these chunks.
    pub fn chunks(self, chunks: Chunks) -> Self {
        Self { chunks, ..self }
    }

    /// With this ending.
    pub fn ending(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }

    fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// The stop reason that is sent.
    pub(super) fn stop_reason(&self) -> &str {
        let calls = self.blocks.iter().any(|block| matches!(block, Block::Tool { .. }));
        match &self.stop {
            Some(reason) => reason,
            None if calls => "tool_use",
            None => "end_turn",
        }
    }

    pub(super) fn has(&self, noise: Noise) -> bool {
        self.noise.contains(&noise)
    }
}
