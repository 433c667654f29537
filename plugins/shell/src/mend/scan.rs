//! Finds in a script what is to be written otherwise.
//!
//! What is literal stays as it is: single quotes, comments, here-documents with a quoted delimiter.

use std::borrow::Cow;

use super::{conditions, nested};

/// The script as the interpreter reads it rightly.
pub fn mended(script: &str) -> Cow<'_, str> {
    if !script.contains("${") && !script.contains("[[") {
        return Cow::Borrowed(script);
    }
    let mut scan =
        Scan { rest: script, out: String::with_capacity(script.len()), quotes: vec![false], ends: Vec::new() };
    while scan.step() {}
    Cow::Owned(scan.out)
}

struct Scan<'a> {
    rest: &'a str,
    out: String,
    /// Whether each of the nested `$(…)`, from the outermost, is in double quotes at this place.
    quotes: Vec<bool>,
    /// The delimiters of here-documents that begin after this line, and whether each is quoted.
    ends: Vec<(String, bool)>,
}

impl<'a> Scan<'a> {
    fn step(&mut self) -> bool {
        let Some(next) = self.rest.chars().next() else { return false };
        let quoted = self.quotes.last().copied().unwrap_or_default();
        let rest = self.rest;
        match next {
            '\\' => self.copy(1 + rest[1..].chars().next().map_or(0, char::len_utf8)),
            '\'' if !quoted => self.copy(rest[1..].find('\'').map_or(rest.len(), |end| end + 2)),
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
