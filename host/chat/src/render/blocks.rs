//! Finds code, tables and text in Markdown, line by line.

use super::table::Table;

/// A part of an answer that is treated as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Paragraphs, lists, headings: Markdown without the other kinds.
    Text(String),
    /// A fenced block.
    Code {
        /// What stands behind the fence: letters, digits and a few signs; may be empty.
        language: String,
        /// Its lines.
        lines: Vec<String>,
    },
    /// A table.
    Table(Table),
}

/// The blocks of a text, in order. A fence without an end goes to the end, as everywhere.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut plain: Vec<String> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let (block, next) = match Fence::opens(lines[at]) {
            Some(fence) => fence.block(&lines, at),
            None => match Table::parse(&lines[at..]) {
                Some((table, rows)) => (Block::Table(table), at + rows),
                None => {
                    plain.push(task(&heading(lines[at])));
                    at += 1;
                    continue;
                }
            },
        };
        end_text(&mut plain, &mut blocks);
        blocks.push(block);
        at = next;
    }
    end_text(&mut plain, &mut blocks);
    blocks
}

fn end_text(plain: &mut Vec<String>, blocks: &mut Vec<Block>) {
    let text = std::mem::take(plain).join("\n");
    if !text.trim().is_empty() {
        blocks.push(Block::Text(text.trim_matches('\n').to_owned()));
    }
}

/// Discord knows three levels of headings; deeper ones become bold.
fn heading(line: &str) -> String {
    let hashes = line.len() - line.trim_start_matches('#').len();
    match line[hashes..].strip_prefix(' ') {
        Some(title) if (4..=6).contains(&hashes) && !title.trim().is_empty() => {
            format!("**{}**", title.trim().trim_end_matches('#').trim_end().trim_matches('*'))
        }
        _ => line.to_owned(),
    }
}

/// Discord has no boxes to tick: they are shown as signs.
fn task(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let (indent, item) = line.split_at(indent);
    let boxes = [("[ ] ", "☐ "), ("[x] ", "☑ "), ("[X] ", "☑ ")];
    let done = ["- ", "* ", "+ "].iter().find_map(|mark| {
        let rest = item.strip_prefix(mark)?;
        let (text, sign) = boxes.iter().find_map(|(text, sign)| Some((rest.strip_prefix(text)?, sign)))?;
        Some(format!("{indent}- {sign}{text}"))
    });
    done.unwrap_or_else(|| line.to_owned())
}

/// The line that opens a fenced block.
struct Fence<'a> {
    indent: usize,
    mark: char,
    length: usize,
    language: &'a str,
}

impl<'a> Fence<'a> {
    fn opens(line: &'a str) -> Option<Self> {
        let trimmed = line.trim_start();
        let mark = trimmed.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = trimmed.trim_start_matches(mark);
        let length = trimmed.len() - info.len();
        // With a backtick behind it, it is code in a line.
        if length < 3 || (mark == '`' && info.contains('`')) {
            return None;
        }
        let language = info.split_whitespace().next().unwrap_or_default();
        Some(Self { indent: line.len() - trimmed.len(), mark, length, language })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }

    /// The block that begins at line `at`, and the line after it.
    fn block(&self, lines: &[&str], at: usize) -> (Block, usize) {
        let body = &lines[at + 1..];
        let end = body.iter().position(|line| self.is_closed_by(line)).unwrap_or(body.len());
        let lines = body[..end].iter().map(|line| self.dedent(line)).collect();
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '#' | '.' | '_');
        let language: String = self.language.chars().take_while(plain).take(20).collect();
        (Block::Code { language, lines }, at + end + 2)
    }

    fn dedent(&self, line: &str) -> String {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        line[spaces.min(self.indent)..].to_owned()
    }
}
