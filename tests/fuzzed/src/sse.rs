//! What a model's server sends.

use std::sync::LazyLock;

use bytes::Bytes;
use claudetools_agent::client::{Streamed, recorded};
use claudetools_agent::message::RawBlock;
use claudetools_agent::turn::ModelFailure;
use futures::StreamExt as _;
use tokio::runtime::Runtime;

/// How a stream ended, and what came before.
type Heard = (Vec<Streamed>, Option<ModelFailure>);

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime for one thread")
});

/// The first byte says how the rest, a reply, is cut into pieces: it is heard in the same way whole, byte by byte and
/// in these pieces. It ends in exactly one way, and is not much more than was sent.
pub fn sse(data: &[u8]) {
    let Some((cut, reply)) = data.split_first() else { return };
    let whole = heard([reply].into_iter());
    assert_eq!(heard(reply.chunks(1)), whole);
    assert_eq!(heard(reply.chunks(usize::from(*cut) + 2)), whole);
    let (events, failure) = whole;
    let is_done = |event: &Streamed| matches!(event, Streamed::Done { .. });
    assert_eq!(events.iter().position(is_done), failure.is_none().then(|| events.len().wrapping_sub(1)));
    if let Some(failure) = failure {
        assert!(!failure.message.is_empty() && failure.message.len() < 2048, "{failure:?}");
    }
    let kept: usize = events.iter().map(size).sum();
    assert!(kept <= 8 * reply.len() + 1024, "{kept} bytes out of {}", reply.len());
}

fn heard<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Heard {
    let pieces: Vec<_> = pieces.map(Bytes::copy_from_slice).collect();
    RUNTIME.block_on(async {
        let (mut events, mut reply) = (Vec::new(), recorded(pieces, "claude-sonnet-4-5"));
        while let Some(item) = reply.next().await {
            match item {
                Ok(event) => events.push(event),
                // Chance decides how long is waited before another try, and nothing else.
                Err(failure) => return (events, Some(ModelFailure { jitter: 0, ..failure })),
            }
        }
        (events, None)
    })
}

fn size(event: &Streamed) -> usize {
    let raw = |block: &RawBlock| serde_json::to_string(block).map_or(0, |text| text.len());
    match event {
        Streamed::Text(text) | Streamed::Note(text) => text.len(),
        Streamed::Block(block) => raw(block),
        Streamed::Done { model, stop_reason, .. } => model.len() + stop_reason.len(),
    }
}
