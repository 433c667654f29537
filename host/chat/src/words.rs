//! A person's message, as the model and lists of threads read it.

use claudetools_agent::message::RawBlock;

use crate::{Attachment, Mention};

/// The longest title of a thread, in characters: Discord allows 100, and a list wants one line.
const TITLE: usize = 80;
/// The longest name the model is shown, in characters: Discord's own limit is 32.
const NAME: usize = 64;
/// The most of a text file that goes into the window, in bytes: about 25,000 tokens.
const TEXT_FILE: usize = 100 << 10;

/// The message as the model reads it: who says it, the files, and last the words themselves.
pub(crate) fn content(mention: &Mention) -> Vec<RawBlock> {
    let name = speaker(mention).map(|name| RawBlock::text(&format!("Message from {name}:")));
    let files = mention.attachments.iter().map(attachment);
    let text = (!mention.text.trim().is_empty()).then(|| RawBlock::text(&mention.text));
    let blocks: Vec<RawBlock> = name.into_iter().chain(files).chain(text).collect();
    if blocks.is_empty() { vec![RawBlock::text("(an empty message)")] } else { blocks }
}

/// The person's name, where there can be several; in one line, so that a name cannot pass for a message.
fn speaker(mention: &Mention) -> Option<String> {
    if mention.member.0.ends_with(":local") {
        return None;
    }
    let plain = |c: &char| !c.is_control() && !crate::render::invisible(*c);
    let name: String = mention.member_name.chars().filter(plain).take(NAME).collect();
    Some(format!("{:?} ({})", name, mention.member.0))
}

fn attachment(attachment: &Attachment) -> RawBlock {
    match attachment {
        Attachment::Skipped { name, why } => RawBlock::text(&format!("[skipped: {}: {why}]", file_name(name))),
        Attachment::File { name, media_type, data } => file(&file_name(name), media_type, data),
    }
}

fn file(name: &str, media_type: &str, data: &[u8]) -> RawBlock {
    match media_type {
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "application/pdf" => RawBlock::blob(media_type, data),
        _ => match std::str::from_utf8(data) {
            Ok(text) => RawBlock::text(&text_file(name, text)),
            Err(_) => RawBlock::text(&format!(
                "[skipped: {name}: {} bytes of {media_type}, which is neither text, an image nor a PDF]",
                data.len()
            )),
        },
    }
}

fn text_file(name: &str, text: &str) -> String {
    let end = text.floor_char_boundary(TEXT_FILE);
    let cut = match text.len() - end {
        0 => String::new(),
        left => format!("\n[cut: {left} of {} bytes are left out]", text.len()),
    };
    format!("[file {name}]\n{}{cut}\n[end of file {name}]", &text[..end])
}

fn file_name(name: &str) -> String {
    let plain = |c: &char| !c.is_control() && !crate::render::invisible(*c) && !matches!(c, '[' | ']');
    name.chars().filter(plain).take(NAME).collect()
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
