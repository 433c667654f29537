//! Markdown to what Discord shows, made harmless.
//!
//! The steps, all but the first in a file of its own: [`Scrub`] takes secrets out; `clean` takes out what cannot be
//! seen; `blocks` finds code, tables and text; `inline` turns text into pieces that are harmless alone and next to each
//! other; `pack` fills messages with them, breaking only between pieces.

mod blocks;
mod clean;
mod guard;
mod inline;
mod links;
mod long;
mod pack;
mod table;
mod url;

use claudetools_policy::MemberId;

use crate::cards::{Card, Place};
use crate::live::Frame;
use blocks::Block;
use pack::Packer;

pub use claudetools_agent::prompt::invisible;
pub use claudetools_secrets::Scrub;
pub use guard::Guard;

/// Discord's limit for one message, in UTF-16 units.
pub const LIMIT: usize = 2000;
/// The largest file that goes out: Discord takes 10 MiB with everything around it.
const FILE_LIMIT: usize = 9 << 20;

/// One message on its way out, as every front that posts to a chat sends it. Made only by this module, which
/// makes every text harmless first: nobody is pinged but the one named, no masked link, no clickable foreign URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    content: String,
    ping: Option<MemberId>,
    files: Vec<File>,
}

/// A file that goes out with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Made safe: letters, digits, `-`, `_`, one extension.
    pub name: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Outbound {
    /// At most 2,000 UTF-16 units, fences balanced; never empty. Where it may ping, a mention of the member fits, too.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The only person it may ping.
    pub fn ping(&self) -> Option<&MemberId> {
        self.ping.as_ref()
    }

    /// Files.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The same without its files: where the bot may not attach any, the text comes all the same.
    #[must_use]
    pub fn without_files(&self) -> Self {
        Self { files: Vec::new(), ..self.clone() }
    }

    fn new(content: String, ping: Option<MemberId>, files: Vec<File>) -> Self {
        let content = if content.trim().is_empty() { "*(nothing to show)*".to_owned() } else { content };
        Self { content, ping, files }
    }
}

/// An answer, in one to three messages; a longer one becomes a summary with the whole answer as a file, and so does
/// long code. The first message may ping.
pub fn answer(markdown: &str, ping: Option<MemberId>, guard: &Guard) -> Vec<Outbound> {
    let text = guard.scrub(markdown);
    let (blocks, files) = long::put_into_files(blocks::blocks(&clean::clean(&text)));
    let messages = contents(&blocks, guard, LIMIT - room(ping.as_ref()));
    if messages.len() > long::MESSAGES || files.len() > long::FILES {
        let (content, file) = long::summary(&blocks, &text, guard);
        return vec![Outbound::new(content, ping, vec![file])];
    }
    let last = messages.len().saturating_sub(1);
    let mut ping = ping;
    let mut files = files;
    let outbound = |(number, content)| {
        let files = if number == last { std::mem::take(&mut files) } else { Vec::new() };
        Outbound::new(content, ping.take(), files)
    };
    messages.into_iter().enumerate().map(outbound).collect()
}

/// A short text of ours (a failure, a notice) that may hold words from elsewhere: one message, cut where it is longer.
pub fn notice(text: &str, ping: Option<MemberId>, guard: &Guard) -> Outbound {
    Outbound::new(first(text, guard, room(ping.as_ref())), ping, Vec::new())
}

/// What a person said otherwise than by a message, in one message of ours: a text, and beside it the whole of what was
/// said as a file, where the text is not all.
pub fn quoted(text: &str, whole: Option<&str>, guard: &Guard) -> Outbound {
    let file = whole.map(|whole| File::new("message", "md", &clean::clean(&guard.scrub(whole))));
    Outbound::new(first(text, guard, 0), None, file.into_iter().collect())
}

/// A card: what it is about, its state and the rest as one message, the whole of it as a file beside it.
pub fn card(card: &Card, guard: &Guard) -> Outbound {
    let parts = [&card.title, &card.state, &card.body].map(String::as_str);
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let (stem, extension) = if card.place == Place::Review { ("review", "md") } else { ("effect", "txt") };
    let file = card.file.as_deref().map(|whole| File::new(stem, extension, &clean::clean(&guard.scrub(whole))));
    let room = room(card.ping.as_ref()) + room(card.by.as_ref());
    Outbound::new(first(text.trim_end(), guard, room), card.ping.clone(), file.into_iter().collect())
}

/// A few words for a button or a menu, which show no Markdown: one line of at most so many characters, without secrets and
/// without what cannot be seen.
pub fn label(text: &str, most: usize, guard: &Guard) -> String {
    let line = guard.scrub(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !invisible(*c) && !c.is_control()).collect();
    match line.char_indices().nth(most.saturating_sub(1)) {
        Some((end, last)) if end + last.len_utf8() < line.len() => format!("{}…", &line[..end]),
        _ if line.is_empty() => "…".to_owned(),
        _ => line,
    }
}

/// A file that a tool gave, under its name made safe. One that is larger than Discord takes is only named.
pub fn file(name: &str, data: Vec<u8>, guard: &Guard) -> Outbound {
    let (name, size) = (safe_name(name), data.len().div_ceil(1024));
    if data.len() > FILE_LIMIT {
        let text = format!("`{name}` ({size} KiB) is larger than Discord takes; the console has it.");
        return notice(&text, None, guard);
    }
    Outbound::new(first(&format!("`{name}` · {size} KiB"), guard, 0), None, vec![File { name, data }])
}

/// A text for a file: without known secrets and what cannot be seen, otherwise as it is.
pub(crate) fn plain(text: &str, guard: &Guard) -> String {
    clean::clean(&guard.scrub(text))
}

/// A file's name of which no system makes anything else: letters, digits, `-`, `_` and one ending of those that people
/// open without running them; any other ending becomes `bin`.
pub fn safe_name(name: &str) -> String {
    const PLAIN: &[&str] = &[
        "csv", "diff", "gif", "jpg", "jpeg", "json", "log", "md", "patch", "pdf", "png", "txt", "webp", "xml", "yaml",
        "yml", "zip",
    ];
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let (stem, ending) = last.rsplit_once('.').unwrap_or((last, "txt"));
    let safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let stem: String = stem.chars().map(|c| if safe(&c) { c } else { '-' }).take(60).collect();
    let stem = stem.trim_matches('-');
    let ending = ending.to_ascii_lowercase();
    let ending = if PLAIN.contains(&ending.as_str()) { ending.as_str() } else { "bin" };
    format!("{}.{ending}", if stem.is_empty() { "file" } else { stem })
}

/// One state of the live message. It pings nobody.
pub fn live(frame: &Frame, guard: &Guard) -> Outbound {
    Outbound::new(first(&frame.text, guard, 0), None, Vec::new())
}

/// What a front needs to mention the member at the beginning of a message: `<@1234> ` is shorter than `discord:1234`.
fn room(ping: Option<&MemberId>) -> usize {
    ping.map_or(0, |member| member.0.len())
}

/// As much of a text as one message holds beside what a front adds, and a word where that is not all.
fn first(text: &str, guard: &Guard, room: usize) -> String {
    const MORE: &str = "\n…";
    let blocks = blocks::blocks(&clean::clean(&guard.scrub(text)));
    let mut contents = contents(&blocks, guard, LIMIT - MORE.len() - room).into_iter();
    let first = contents.next().unwrap_or_default();
    if contents.next().is_some() { first + MORE } else { first }
}

/// The contents of the messages that these blocks need; at least one.
fn contents(blocks: &[Block], guard: &Guard, limit: usize) -> Vec<String> {
    let mut packer = Packer::new(limit);
    for block in blocks {
        match block {
            Block::Text(text) => packer.text(&inline::pieces(text, guard)),
            Block::Code { language, lines } => packer.code(language, lines),
            Block::Table(table) => packer.code("", &table.lines()),
        }
    }
    packer.finish()
}

impl File {
    /// A file with a name made of ours only, at most as large as Discord takes.
    fn new(stem: &str, extension: &str, text: &str) -> Self {
        let safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).take(10).collect();
        let stem: String = stem.chars().filter(safe).take(60).collect();
        let end = text.floor_char_boundary(FILE_LIMIT);
        let mut data = text.as_bytes()[..end].to_vec();
        if end < text.len() {
            data.extend_from_slice(b"\n[cut]\n");
        }
        Self { name: format!("{stem}.{extension}"), data }
    }
}
