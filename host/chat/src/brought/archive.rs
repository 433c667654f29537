//! Archives: what is in them, and the texts among it. Read in memory, within limits that hold whatever an archive claims.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use claudetools_agent::prompt::Attached;
use flate2::read::MultiGzDecoder;

use super::text::{Decoded, decode};
use super::{Keep, sized, what};

/// Names that are listed: more are counted.
const LISTED: usize = 100;
/// Entries that are looked at: an archive of a million empty files would keep us busy.
const LOOKED_AT: usize = 5_000;
/// Texts that are shown.
const TEXTS: usize = 10;
/// Bytes that one entry, and all together, may unpack to: what a zip bomb can take of our memory and time.
const ENTRY: u64 = 8 << 20;
const TOTAL: u64 = 32 << 20;
/// How often its packed size one file may unpack to beyond that: text packs to a tenth, bombs to a thousandth.
const RATIO: u64 = 200;

/// The kinds of archive that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Archive {
    Zip,
    Tar,
    /// One packed file, or a packed tar.
    Gzip,
}

/// What was found in one.
#[derive(Default)]
struct Found {
    /// Names with sizes, as lines.
    listed: Vec<String>,
    entries: usize,
    texts: Vec<(String, Vec<u8>)>,
    unpacked: u64,
    /// Why it was not read to its end.
    ended: Option<String>,
}

impl Archive {
    pub(super) fn of(data: &[u8]) -> Option<Self> {
        match data {
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(Self::Zip),
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            _ if data.get(257..262) == Some(b"ustar") => Some(Self::Tar),
            _ => None,
        }
    }

    /// As the model reads it: the list of what is in it, then the texts among it.
    pub(super) fn shown(self, name: &str, data: &[u8], most: usize, keep: &Keep<'_>) -> Vec<Attached> {
        let found = match self {
            Self::Zip => zip(data),
            Self::Tar => tar(data),
            Self::Gzip => match gunzipped(data) {
                Ok(inner) if Self::of(&inner) == Some(Self::Tar) => tar(&inner),
                Ok(inner) => return unpacked(name, &inner, most, keep),
                Err(why) => Found { ended: Some(why), ..Found::default() },
            },
        };
        found.shown(name, most, keep)
    }
}

/// A file that was packed alone.
fn unpacked(name: &str, inner: &[u8], most: usize, keep: &Keep<'_>) -> Vec<Attached> {
    let shown = name.strip_suffix(".gz").unwrap_or(name);
    vec![match decode(inner, "") {
        Some(decoded) => decoded.shown(shown, most, keep),
        None => {
            let why = format!("{} packed in it: {}, which I can't read", sized(inner.len() as u64), what(inner));
            Attached::Skipped { name: name.to_owned(), why }
        }
    }]
}

fn gunzipped(data: &[u8]) -> Result<Vec<u8>, String> {
    let most = TOTAL.min((data.len() as u64).saturating_mul(RATIO).max(ENTRY));
    let mut inner = Vec::new();
    let read = MultiGzDecoder::new(data).take(most + 1).read_to_end(&mut inner);
    match read {
        Err(error) => Err(format!("it is damaged: {error}")),
        Ok(_) if inner.len() as u64 > most => Err(format!("it unpacks to more than {}", sized(most))),
        Ok(_) => Ok(inner),
    }
}

fn zip(data: &[u8]) -> Found {
    let mut found = Found::default();
    let mut archive = match zip::ZipArchive::new(Cursor::new(data)) {
        Ok(archive) => archive,
        Err(error) => return Found { ended: Some(format!("it is damaged: {error}")), ..found },
    };
    for at in 0..archive.len() {
        match archive.by_index(at) {
            Ok(mut entry) if entry.is_file() => {
                let name = entry.name().map_or_else(|_| "a name that can't be read".to_owned(), Cow::into_owned);
                let size = entry.size();
                if !found.take(&name, size, &mut entry) {
                    break;
                }
            }
            Ok(_) => {}
            Err(error) => found.note(format!("an entry that can't be read: {error}")),
        }
    }
    found
}

fn tar(data: &[u8]) -> Found {
    let mut found = Found::default();
    let mut archive = tar::Archive::new(data);
    let Ok(entries) = archive.entries() else { return found };
    for entry in entries {
        match entry {
            Ok(mut entry) if entry.header().entry_type().is_file() => {
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                let size = entry.size();
                if !found.take(&name, size, &mut entry) {
                    break;
                }
            }
            Ok(_) => {}
            Err(error) => {
                found.ended = Some(format!("it is damaged: {error}"));
                break;
            }
        }
    }
    found
}

impl Found {
    /// Looks at an entry of this name and claimed size. False where enough was seen.
    fn take(&mut self, name: &str, size: u64, entry: &mut impl Read) -> bool {
        self.entries += 1;
        if self.entries > LOOKED_AT {
            self.ended = Some(format!("it has more than {LOOKED_AT} files"));
            return false;
        }
        let way = if leads_out(name) { " (a path out of the archive)" } else { "" };
        let note = match size > ENTRY {
            true => " (not unpacked: too large)".to_owned(),
            false => self.text(name, entry),
        };
        self.note(format!("{name}{way} · {}{note}", sized(size)));
        true
    }

    fn note(&mut self, line: String) {
        if self.listed.len() < LISTED {
            self.listed.push(line.chars().filter(|c| !c.is_control()).collect());
        }
    }

    /// Keeps an entry that is text; a word where it can't be.
    fn text(&mut self, name: &str, entry: &mut impl Read) -> String {
        if self.texts.len() >= TEXTS || self.unpacked >= TOTAL {
            return String::new();
        }
        let mut data = Vec::new();
        // What an entry claims to hold and what it holds are two things.
        let read = entry.take(ENTRY + 1).read_to_end(&mut data);
        self.unpacked = self.unpacked.saturating_add(data.len() as u64);
        match read {
            Err(error) => return format!(" (can't be unpacked: {error})"),
            Ok(_) if data.len() as u64 > ENTRY => return " (not unpacked: larger than it says)".to_owned(),
            Ok(_) if Archive::of(&data).is_some() => return " (an archive in it: not opened)".to_owned(),
            Ok(_) => {}
        }
        if decode(&data, "").is_some() {
            self.texts.push((name.to_owned(), data));
        }
        String::new()
    }

    fn shown(self, name: &str, most: usize, keep: &Keep<'_>) -> Vec<Attached> {
        let more = self.entries.saturating_sub(self.listed.len());
        let more = (more > 0).then(|| format!("… and {more} more"));
        let ended = self.ended.map(|why| format!("[not read to its end: {why}]"));
        let lines: Vec<String> = self.listed.into_iter().chain(more).chain(ended).collect();
        let about = format!("an archive of {} files: their names, then its texts", self.entries);
        let list = Attached::Text { name: name.to_owned(), about, text: lines.join("\n") };
        let most = (most / self.texts.len().max(1)).max(1000);
        let texts = self.texts.iter().filter_map(|(member, data)| {
            let decoded: Decoded<'_> = decode(data, "")?;
            Some(decoded.shown(&format!("{name}/{member}"), most, keep))
        });
        std::iter::once(list).chain(texts).collect()
    }
}

/// Whether a program that unpacks it carelessly would write elsewhere.
fn leads_out(name: &str) -> bool {
    let drive = name.as_bytes().get(1) == Some(&b':');
    drive || name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..")
}
