//! A person's message, as the model reads it.

use std::sync::Arc;

use claudetools_agent::message::RawBlock;
use claudetools_agent::prompt::{Attached, Quoted, Said, said};
use claudetools_agent::tools::Tools;

use crate::{Mention, brought};

/// The message as the model reads it: the files, and who says what when. What is long of the files is kept with `tools`.
pub(crate) async fn content(mention: &Mention, tools: &Arc<dyn Tools>) -> Vec<RawBlock> {
    let attached = attached(mention, Arc::clone(tools)).await;
    said(&Said {
        at: &mention.at,
        name: &mention.member_name,
        member: &mention.member.0,
        text: &mention.text,
        quoted: mention.quoted.as_ref().map(quoted),
        attached: &attached,
    })
}

fn quoted(quoted: &crate::Quoted) -> Quoted<'_> {
    Quoted { name: &quoted.name, member: &quoted.member.0, text: &quoted.text }
}

async fn attached(mention: &Mention, tools: Arc<dyn Tools>) -> Vec<Attached> {
    if mention.attachments.is_empty() {
        return Vec::new();
    }
    let (thread, files) = (mention.thread.clone(), mention.attachments.clone());
    // Unpacking and writing take their time.
    let read = move || brought::read(&files, &|name, data| tools.keep(&thread, name, data));
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| {
        tracing::error!(%error, message = mention.message, "the files of a message could not be read");
        Vec::new()
    })
}
