//! A person's message, as the model and lists of threads read it.

use std::sync::Arc;

use claudetools_agent::message::RawBlock;
use claudetools_agent::prompt::{Attached, Said, said};
use claudetools_agent::tools::Tools;

use crate::{Mention, brought};

/// The longest title of a thread, in characters: Discord allows 100, and a list wants one line.
const TITLE: usize = 80;

/// The message as the model reads it: the files, and who says what when. What is long of the files is kept with `tools`.
pub(crate) async fn content(mention: &Mention, tools: &Arc<dyn Tools>) -> Vec<RawBlock> {
    let attached = attached(mention, Arc::clone(tools)).await;
    said(&Said {
        at: &mention.at,
        name: &mention.member_name,
        member: &mention.member.0,
        text: &mention.text,
        attached: &attached,
    })
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

/// The first words of a message, for a list of threads.
pub(crate) fn title(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("New thread");
    let plain = |c: &char| !c.is_control() && !crate::render::invisible(*c);
    let line: String = line.chars().filter(plain).collect();
    match line.char_indices().nth(TITLE) {
        None => line,
        Some((end, _)) => {
            let cut = line[..end].rfind(' ').filter(|space| *space > end / 2).unwrap_or(end);
            format!("{}…", line[..cut].trim_end())
        }
    }
}
