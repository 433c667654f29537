//! A person's message, as the model and lists of threads read it.

use claudetools_agent::message::RawBlock;
use claudetools_agent::prompt::{Attached, Said, said};

use crate::{Attachment, Mention};

/// The longest title of a thread, in characters: Discord allows 100, and a list wants one line.
const TITLE: usize = 80;

/// The message as the model reads it: the files, and who says what when.
pub(crate) fn content(mention: &Mention) -> Vec<RawBlock> {
    let attached: Vec<_> = mention.attachments.iter().map(attached).collect();
    said(&Said {
        at: &mention.at,
        name: &mention.member_name,
        member: &mention.member.0,
        text: &mention.text,
        attached: &attached,
    })
}

fn attached(attachment: &Attachment) -> Attached<'_> {
    match attachment {
        Attachment::Skipped { name, why } => Attached::Skipped { name, why },
        Attachment::File { name, media_type, data } => Attached::File { name, media_type, data },
    }
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
