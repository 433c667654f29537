//! What is too long to be read in a chat goes into files.

use super::blocks::Block;
use super::pack::units;
use super::{File, Guard, LIMIT, contents};

/// More messages than this in a row push everything else off the screen.
pub(super) const MESSAGES: usize = 3;
/// Files that one message may carry: Discord takes ten.
pub(super) const FILES: usize = 9;
/// More lines of code than this are scrolled past, not read.
const CODE_LINES: usize = 60;
/// Lines and UTF-16 units of a summary.
const SUMMARY_LINES: usize = 10;
const SUMMARY_UNITS: usize = 1200;

/// Replaces long code and wide tables by a line each, and gives the files that the lines name.
pub(super) fn put_into_files(blocks: Vec<Block>) -> (Vec<Block>, Vec<File>) {
    let mut files = Vec::new();
    let mut kept = Vec::new();
    for block in blocks {
        match filed(&block, files.len() + 1) {
            None => kept.push(listed(block)),
            Some((file, line)) => {
                files.push(file);
                kept.push(Block::Text(line));
            }
        }
    }
    (kept, files)
}

fn filed(block: &Block, number: usize) -> Option<(File, String)> {
    match block {
        Block::Code { language, lines } if lines.len() > CODE_LINES => {
            let file = File::new(&format!("code-{number}"), extension(language), &(lines.join("\n") + "\n"));
            let line = format!("*Attached:* `{}` ({} lines)", file.name, lines.len());
            Some((file, line))
        }
        Block::Table(table) if !table.fits() && table.list().is_none() => {
            let file = File::new(&format!("table-{number}"), "csv", &table.csv());
            let line = format!("*Attached:* `{}` ({})", file.name, table.count());
            Some((file, line))
        }
        _ => None,
    }
}

/// A table that is too wide to stand as one, as the list that it can be.
fn listed(block: Block) -> Block {
    match &block {
        Block::Table(table) if !table.fits() => table.list().map_or(block, Block::Text),
        _ => block,
    }
}

/// The beginning of a long answer, and the whole of it as a file.
pub(super) fn summary(blocks: &[Block], text: &str, guard: &Guard) -> (String, File) {
    let file = File::new("answer", "md", text);
    let first = contents(blocks, guard, LIMIT - SUMMARY_UNITS / 4).into_iter().next().unwrap_or_default();
    let more = format!("\n…\n*The whole answer is attached:* `{}`", file.name);
    (beginning(&first) + &more, file)
}

/// The first lines of a message that is harmless already: cut between lines, and a fence that is cut is closed.
fn beginning(content: &str) -> String {
    let mut kept = String::new();
    let mut fenced = false;
    for line in content.lines().take(SUMMARY_LINES) {
        if units(&kept) + units(line) > SUMMARY_UNITS && !kept.is_empty() {
            break;
        }
        fenced ^= line.starts_with("```");
        kept.push_str(line);
        kept.push('\n');
    }
    let close = if fenced { "```" } else { "" };
    format!("{}{close}", if fenced { kept.as_str() } else { kept.trim_end() })
}

/// The extension of a file with code in this language.
fn extension(language: &str) -> &str {
    match language.to_ascii_lowercase().as_str() {
        "rust" | "rs" => "rs",
        "python" | "py" => "py",
        "javascript" | "js" => "js",
        "typescript" | "ts" => "ts",
        "bash" | "sh" | "shell" | "zsh" | "console" => "sh",
        "powershell" | "ps1" | "pwsh" => "ps1",
        "json" => "json",
        "yaml" | "yml" => "yaml",
        "toml" => "toml",
        "html" => "html",
        "css" => "css",
        "sql" => "sql",
        "diff" | "patch" => "diff",
        "markdown" | "md" => "md",
        "go" => "go",
        "java" => "java",
        "c" => "c",
        "cpp" | "c++" => "cpp",
        "csv" => "csv",
        "xml" => "xml",
        _ => "txt",
    }
}
