//! Files that people bring, made into what the model can read.
//!
//! What a file is, its bytes say; its name and the type that a client claims are words. Nothing of a file is run, and
//! nothing is unpacked to disk: what is long is kept whole where the thread's own tools find it.

mod archive;
#[cfg(test)]
mod tests;
mod text;

use claudetools_agent::message::{RawBlock, Unfit};
use claudetools_agent::prompt::Attached;

use crate::Attachment;

/// Bytes of text that one message shows of its files, together: about a tenth of the smallest window.
const SHOWN: usize = 80_000;
/// Of each file at least this much, however many there are.
const LEAST: usize = 6_000;

/// Keeps a file under a name for the tools of a thread: the path that they know it by, or why it can't be kept.
pub(crate) type Keep<'a> = dyn Fn(&str, &[u8]) -> Result<String, String> + 'a;

/// What a file is.
enum Kind<'a> {
    /// An image or a document, or why the model can't be shown it.
    Blob(Result<RawBlock, Unfit>),
    Archive(archive::Archive),
    Text(text::Decoded<'a>),
    /// What it seems to be.
    Other(&'static str),
}

impl Attachment {
    /// The file as it is, or left out with the reason where the model could make nothing of it.
    #[must_use]
    pub fn checked(self) -> Self {
        let Self::File { name, media_type, data } = &self else { return self };
        let why = match kind(data, media_type) {
            Kind::Blob(Ok(_)) | Kind::Archive(_) | Kind::Text(_) => return self,
            Kind::Blob(Err(why)) => why.to_string(),
            Kind::Other(what) => format!("{what}, which I can't read"),
        };
        Self::Skipped { name: name.clone(), size: Some(data.len() as u64), why }
    }

    /// What the person is told where it was left out: name, size and why.
    pub fn left_out(&self) -> Option<String> {
        let Self::Skipped { name, size, why } = self else { return None };
        let size = size.map(|size| format!(" ({})", sized(size))).unwrap_or_default();
        Some(format!("`{}`{size}: {why}", name.replace('`', "'")))
    }
}

/// What the model is shown of a message's files.
pub(crate) fn read(attachments: &[Attachment], keep: &Keep<'_>) -> Vec<Attached> {
    let most = (SHOWN / attachments.len().max(1)).max(LEAST);
    attachments.iter().flat_map(|attachment| shown(attachment, most, keep)).collect()
}

fn shown(attachment: &Attachment, most: usize, keep: &Keep<'_>) -> Vec<Attached> {
    let (name, media_type, data) = match attachment {
        Attachment::Skipped { name, size, why } => return vec![skipped(name, *size, why)],
        Attachment::File { name, media_type, data } => (name, media_type, data),
    };
    let size = Some(data.len() as u64);
    match kind(data, media_type) {
        Kind::Blob(Ok(block)) => vec![Attached::Blob { name: name.clone(), block }],
        Kind::Blob(Err(why)) => vec![skipped(name, size, &why.to_string())],
        Kind::Text(decoded) => vec![decoded.shown(name, most, keep)],
        Kind::Archive(kind) => kind.shown(name, data, most, keep),
        Kind::Other(what) => vec![skipped(name, size, &format!("{what}, which I can't read"))],
    }
}

fn skipped(name: &str, size: Option<u64>, why: &str) -> Attached {
    let size = size.map(|size| format!("{}, ", sized(size))).unwrap_or_default();
    Attached::Skipped { name: name.to_owned(), why: format!("{size}{why}") }
}

fn kind<'a>(data: &'a [u8], media_type: &str) -> Kind<'a> {
    match RawBlock::blob(data) {
        Err(Unfit::Unknown) => {}
        blob => return Kind::Blob(blob),
    }
    let archive = archive::Archive::of(data).map(Kind::Archive);
    let text = || text::decode(data, media_type).map(Kind::Text);
    archive.or_else(text).unwrap_or_else(|| Kind::Other(what(data)))
}

/// What bytes seem to be that are nothing we read.
fn what(data: &[u8]) -> &'static str {
    match data {
        [] => "an empty file",
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "an old Office or Outlook file (save it as .docx, .xlsx, .eml or PDF)",
        [b'M', b'Z', ..] | [0x7f, b'E', b'L', b'F', ..] => "a program",
        [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', ..] => "an archive that is no zip, tar or gz",
        [b'B', b'Z', b'h', ..] | [0xfd, b'7', b'z', b'X', b'Z', ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            "an archive that is no zip, tar or gz"
        }
        [_, _, _, _, b'f', b't', b'y', b'p', ..] | [b'O', b'g', b'g', b'S', ..] | [b'I', b'D', b'3', ..] => {
            "a recording"
        }
        [b'E', b'l', b'f', b'F', b'i', b'l', b'e', ..] => "a Windows event log (export it as CSV or XML)",
        _ => "a file of an unknown kind",
    }
}

/// A size as people write it.
pub(crate) fn sized(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{}.{} MiB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}
