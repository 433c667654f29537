//! Frontmatter: the little of YAML that skills use. The host reads the heads of skills with this same file.

/// A skill file, taken apart.
#[derive(Debug, PartialEq)]
pub struct Front<'a> {
    head: &'a str,
    /// What follows the frontmatter.
    pub body: &'a str,
}

impl<'a> Front<'a> {
    /// Takes a file apart. It never fails: a file without a closed frontmatter is all body, and lines
    /// that are not `key: value` are passed over.
    pub fn parse(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (head, body) = split(text).unwrap_or(("", text));
        Self { head, body: body.trim_start_matches(['\r', '\n']) }
    }

    /// The value of a key that stands at the start of a line: plain, quoted, or a block (`>`, `|`). Lines of a plain or
    /// quoted value that goes on, indented, are joined. `None` where there is nothing.
    pub fn value(&self, key: &str) -> Option<String> {
        let mut lines = self.head.lines();
        let first = lines.find_map(|line| line.strip_prefix(key)?.trim_end().strip_prefix(':'))?.trim_start();
        let below: Vec<&str> =
            lines.take_while(|line| line.trim().is_empty() || line.starts_with([' ', '\t'])).collect();
        let value = match Block::of(first) {
            Some(Block::Folded) => folded(&below),
            Some(Block::Literal) => literal(&below),
            None => scalar(&folded(&[&[first], &below[..]].concat())),
        };
        Some(value).filter(|value| !value.is_empty())
    }

    /// Whether only people may start it.
    pub fn is_for_people_only(&self) -> bool {
        self.value("disable-model-invocation").as_deref() == Some("true")
    }
}

/// What stands between the two `---` lines, and what follows.
fn split(text: &str) -> Option<(&str, &str)> {
    let head = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let mut at = 0;
    for line in head.split_inclusive('\n') {
        let end = at + line.len();
        if line.trim_end() == "---" {
            return Some((head.get(..at)?, head.get(end..)?));
        }
        at = end;
    }
    None
}

/// A value that stands below its key.
enum Block {
    /// `>`: its lines are one.
    Folded,
    /// `|`: its lines stay.
    Literal,
}

impl Block {
    /// By what stands behind the colon: `>` or `|`, with what says how it ends and how far it is indented.
    fn of(written: &str) -> Option<Self> {
        let sign = written.split(" #").next().unwrap_or_default().trim_end();
        let plain = sign.trim_end_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
        match plain {
            ">" => Some(Self::Folded),
            "|" => Some(Self::Literal),
            _ => None,
        }
    }
}

/// Lines as one, where an empty line begins a new one.
fn folded(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().map(|line| line.trim()) {
        if line.is_empty() {
            text.push('\n');
        } else {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push(' ');
            }
            text.push_str(line);
        }
    }
    text.trim().to_owned()
}

/// Lines as they stand, without the indentation of the first.
fn literal(lines: &[&str]) -> String {
    let first = lines.iter().find(|line| !line.trim().is_empty()).copied().unwrap_or_default();
    let indent = first.len() - first.trim_start().len();
    let lines = lines.iter().map(|line| line.get(indent..).unwrap_or_default().trim_end());
    lines.collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}

/// What a plain or quoted value says; a comment behind it does not belong to it.
fn scalar(written: &str) -> String {
    if let Some((inner, _)) = written.strip_prefix('\'').and_then(|rest| rest.rsplit_once('\'')) {
        return inner.replace("''", "'");
    }
    if let Some((inner, _)) = written.strip_prefix('"').and_then(|rest| rest.rsplit_once('"')) {
        return inner.replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\");
    }
    let comment = if written.starts_with('#') { Some(0) } else { written.find(" #") };
    written.get(..comment.unwrap_or(written.len())).unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frontmatter_is_taken_off() {
        let front = Front::parse(
            "---\nname: \"deploy\"  \ndescription: a: b\ndisable-model-invocation: true # why\n---\n\n# Deploy\n",
        );
        assert_eq!(front.value("name").as_deref(), Some("deploy"));
        assert_eq!(front.value("description").as_deref(), Some("a: b"));
        assert_eq!(front.value("script"), None);
        assert!(front.is_for_people_only());
        assert_eq!(front.body, "# Deploy\n");
    }

    #[test]
    fn a_frontmatter_that_is_not_closed_is_body() {
        let text = "---\nname: x\n# Title\n";
        assert_eq!(Front::parse(text), Front { head: "", body: text });
    }

    #[test]
    fn windows_line_ends_and_a_mark_are_understood() {
        let front =
            Front::parse("\u{feff}---\r\nname: x\r\ndescription: >\r\n  a\r\n  b\r\nmodel: m\r\n---\r\nBody\r\n");
        assert_eq!((front.value("name").as_deref(), front.body), (Some("x"), "Body\r\n"));
        assert_eq!(front.value("description").as_deref(), Some("a b"));
    }

    #[test]
    fn values_of_several_lines_are_read_to_their_end() {
        let value = |written: &str| {
            let text = format!("---\ndescription:{written}\nname: x\n---\n");
            let front = Front::parse(&text);
            assert_eq!(front.value("name").as_deref(), Some("x"));
            front.value("description")
        };
        assert_eq!(value(" >\n  one\n  two\n\n  three").as_deref(), Some("one two\nthree"));
        assert_eq!(value(" >-\n  one\n    two\n").as_deref(), Some("one two"));
        assert_eq!(value(" |\n  one\n    two\n\n  three\n").as_deref(), Some("one\n  two\n\nthree"));
        assert_eq!(value(" |2- # why\n  one").as_deref(), Some("one"));
        assert_eq!(value(" one\n  two").as_deref(), Some("one two"));
        assert_eq!(value("\n  one\n  two").as_deref(), Some("one two"));
        assert_eq!(value(" \"one:\n  \\\"two\\\"\" # why").as_deref(), Some("one: \"two\""));
        assert_eq!(value(" 'it''s'").as_deref(), Some("it's"));
        assert_eq!(value(" >\n"), None);
        assert_eq!(value(""), None);
        assert_eq!(value(" # nothing"), None);
    }
}
