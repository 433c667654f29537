//! Finds in a script what is to be written otherwise.
//!
//! What is literal stays as it is: single quotes, comments, here-documents with a quoted delimiter.

use std::borrow::Cow;

use super::{arrays, command, conditions, debug, nested};

/// The script as the interpreter reads it rightly.
pub fn mended(script: &str) -> Cow<'_, str> {
    if !["$", "[[", "declare +", "!", "OPTIND=0", "extdebug"].iter().any(|mark| script.contains(mark)) {
        return Cow::Borrowed(script);
    }
    let returns = script.contains(debug::ON.0);
    let out = String::with_capacity(script.len());
    let mut scan = Scan { rest: script, out, quotes: vec![false], ends: Vec::new(), returns };
    while scan.step() {}
    Cow::Owned(scan.out)
}

/// What is written otherwise where a command begins.
const WORDS: [(&str, &str); 5] =
    [("!", "! :"), ("OPTIND=0", "OPTIND=1"), ("declare +a", arrays::NAME), ("declare +A", arrays::NAME), debug::ON];

struct Scan<'a> {
    rest: &'a str,
    out: String,
    /// Whether each of the nested `$(…)`, from the outermost, is in double quotes at this place.
    quotes: Vec<bool>,
    /// The delimiters of here-documents that begin after this line, and whether each is quoted.
    ends: Vec<(String, bool)>,
    /// Whether `return` in a DEBUG trap ends the script.
    returns: bool,
}

/// What is written otherwise wherever it is expanded.
const EXPANSIONS: [(&str, &str); 5] = [
    ("${BASH_COMMAND}", command::CALL),
    ("$BASH_COMMAND", command::CALL),
    ("${EPOCHSECONDS}", "$(date +%s)"),
    ("$EPOCHSECONDS", "$(date +%s)"),
    // What is run counts as read from the input.
    ("$-", "${-/c/s}"),
];

impl<'a> Scan<'a> {
    fn step(&mut self) -> bool {
        let Some(next) = self.rest.chars().next() else { return false };
        let quoted = self.quotes.last().copied().unwrap_or_default();
        let rest = self.rest;
        match next {
            '\\' => self.copy(1 + rest[1..].chars().next().map_or(0, char::len_utf8)),
            't' if !quoted && self.returns && self.at_word() && self.debug_trap() => {}
            '!' | 'O' | 'd' | 's' if !quoted && self.at_word() && self.worded() => {}
            '\'' if !quoted => self.literal(),
            '$' if self.expanded() => {}
            '"' => self.toggle(quoted),
            '$' if rest.starts_with("$'") && !quoted => self.copy(ansi_quoted(rest)),
            '$' if rest.starts_with("$(") => self.enter(),
            '$' if rest.starts_with("${") => self.expansion(),
            ')' if !quoted && self.quotes.len() > 1 => self.leave(),
            '<' if !quoted && rest.starts_with("<<") => self.redirection(),
            '[' if !quoted && rest.starts_with("[[ ") && self.at_word() => self.condition(),
            '#' if !quoted && self.at_word() => self.copy(rest.find('\n').unwrap_or(rest.len())),
            '\n' => self.line_end(),
            other => self.copy(other.len_utf8()),
        }
        true
    }

    fn copy(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes);
        self.out.push_str(taken);
        self.rest = rest;
    }

    /// Single quotes: as they are, but for the command that runs, which handlers of traps ask for.
    fn literal(&mut self) {
        let end = self.rest[1..].find('\'').map_or(self.rest.len(), |end| end + 2);
        let (text, rest) = self.rest.split_at(end);
        self.out.push_str(&text.replace("${BASH_COMMAND}", command::CALL).replace("$BASH_COMMAND", command::CALL));
        self.rest = rest;
    }

    fn expanded(&mut self) -> bool {
        let Some((written, other)) = EXPANSIONS.iter().find(|(written, _)| self.rest.starts_with(written)) else {
            return false;
        };
        let goes_on = |next: char| next == '_' || next.is_ascii_alphanumeric();
        let behind = self.rest[written.len()..].chars().next();
        if !written.ends_with(['}', '-']) && behind.is_some_and(goes_on) {
            return false;
        }
        self.replace(written.len(), other);
        true
    }

    fn debug_trap(&mut self) -> bool {
        let Some((trap, length)) = debug::rewritten(self.rest) else { return false };
        let trap = trap.replace("${BASH_COMMAND}", command::CALL).replace("$BASH_COMMAND", command::CALL);
        self.replace(length, &trap);
        true
    }

    fn worded(&mut self) -> bool {
        let found = WORDS.iter().find(|(written, _)| {
            let behind = self.rest.strip_prefix(written);
            behind.is_some_and(|behind| behind.is_empty() || behind.starts_with([' ', '\n', ';']))
        });
        let Some((written, other)) = found else { return false };
        if *written == "!" && !self.is_alone() {
            return false;
        }
        self.replace(written.len(), other);
        true
    }

    /// Whether nothing stands on the line of a `!` that it could negate, nor before it what it could be the end of.
    fn is_alone(&self) -> bool {
        let before = self.out.trim_end_matches([' ', '!']);
        let begins = before.is_empty() || before.ends_with(['\n', ';', '&', '|', '(', '{']);
        begins && self.rest[1..].trim_start_matches(' ').starts_with('\n')
    }

    fn replace(&mut self, bytes: usize, other: &str) {
        self.out.push_str(other);
        self.rest = &self.rest[bytes..];
    }

    fn toggle(&mut self, quoted: bool) {
        if let Some(last) = self.quotes.last_mut() {
            *last = !quoted;
        }
        self.copy(1);
    }

    fn enter(&mut self) {
        self.quotes.push(false);
        self.copy(2);
    }

    fn leave(&mut self) {
        self.quotes.pop();
        self.copy(1);
    }

    /// `<<`, `<<-` or `<<<`; remembers the delimiter of a here-document.
    fn redirection(&mut self) {
        let word = self.rest[2..].trim_start_matches('-').trim_start_matches([' ', '\t']);
        if !word.starts_with('<') {
            let end = word.find([' ', '\t', '\n', ';', '|', '&', ')', '>']).unwrap_or(word.len());
            let quoted = word[..end].contains(['\'', '"', '\\']);
            self.ends.push((word[..end].replace(['\'', '"', '\\'], ""), quoted));
        }
        self.copy(if self.rest.starts_with("<<<") { 3 } else { 2 });
    }

    /// The end of a line, and the here-documents that begin there.
    fn line_end(&mut self) {
        self.copy(1);
        for (delimiter, literal) in std::mem::take(&mut self.ends) {
            let mut length = 0;
            for line in self.rest.split_inclusive('\n') {
                if line.trim_matches(['\t', '\n']) == delimiter {
                    break;
                }
                length += line.len();
            }
            let until = self.rest.len() - length;
            while self.rest.len() > until {
                match self.rest.chars().next() {
                    Some('$') if !literal && self.rest.starts_with("${") => self.expansion(),
                    Some(other) => self.copy(other.len_utf8()),
                    None => break,
                }
            }
        }
    }

    /// `${`, and where a pattern and its replacement follow, the pattern as the interpreter reads it.
    fn expansion(&mut self) {
        self.copy(2);
        let (pattern, length) = nested::pattern(self.rest);
        self.out.push_str(&pattern);
        self.rest = &self.rest[length..];
    }

    /// `[[` where a command may begin.
    fn condition(&mut self) {
        match conditions::rewritten(self.rest) {
            Some((condition, length)) => {
                self.out.push_str(&condition);
                self.rest = &self.rest[length..];
            }
            None => self.copy(2),
        }
    }

    /// Whether a word begins here.
    fn at_word(&self) -> bool {
        self.out.chars().next_back().is_none_or(|last| last.is_whitespace() || ";&|(!".contains(last))
    }
}

/// How long a `$'…'` is.
fn ansi_quoted(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 2;
    while at < bytes.len() && bytes[at] != b'\'' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    let mut end = (at + 1).min(bytes.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::mended;

    #[test]
    fn a_literal_text_stays_as_it_is() {
        for script in [
            "echo '${a//${b}/c}'",
            "cat <<'END'\n${a//${b}/c}\nEND\n",
            "x=\"$(cat <<'END'\n${a//${b}/c}\nEND\n)\"",
            "echo $'it\\'s ${a//${b}/c}'",
            "echo \\${a//${b}/c}",
            "echo ${a//${b}x/c} ${a:-${b}/c} ${a//\"${b}\"/c} ${#a} ${",
        ] {
            assert_eq!(mended(script), script);
        }
    }

    #[test]
    fn a_pattern_loses_the_braces_around_its_variables() {
        assert_eq!(mended("echo \"it's ${a//${b}/${c}}\""), "echo \"it's ${a//$b/${c}}\"");
        assert_eq!(mended("${a[1]/#[${b}]/}"), "${a[1]/#[$b]/}");
        assert_eq!(mended("cat <<END\nit's ${a/${b}/c}\nEND\n"), "cat <<END\nit's ${a/$b/c}\nEND\n");
        assert_eq!(
            mended("x=\"$(echo \"${a/${b}/c}\")\"; y='${a/${b}/c}'"),
            "x=\"$(echo \"${a/$b/c}\")\"; y='${a/${b}/c}'"
        );
    }
}
