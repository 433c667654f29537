//! Frontmatter: the little of YAML that skills use.

/// A skill file, taken apart.
#[derive(Debug, PartialEq)]
pub struct Front<'a> {
    /// `name`, where it says one.
    pub name: Option<String>,
    /// `arguments`: names for the arguments, in order.
    pub arguments: Vec<String>,
    /// Whether only people may start it.
    pub disabled: bool,
    /// What follows the frontmatter.
    pub body: &'a str,
}

impl<'a> Front<'a> {
    /// Takes a file apart. It never fails: a file without a closed frontmatter is all body, and lines
    /// that are not `key: value` are passed over.
    pub fn parse(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (head, body) = split(text).unwrap_or(("", text));
        Self {
            name: value(head, "name"),
            arguments: list(value(head, "arguments")),
            disabled: value(head, "disable-model-invocation").as_deref() == Some("true"),
            body: body.trim_start_matches(['\r', '\n']),
        }
    }
}

/// What stands between the two `---` lines, and what follows.
fn split(text: &str) -> Option<(&str, &str)> {
    let head = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let mut at = 0;
    for line in head.split_inclusive('\n') {
        let end = at + line.len();
        if line.trim_end() == "---" {
            return Some((&head[..at], &head[end..]));
        }
        at = end;
    }
    None
}

/// The plain or quoted value of a key that stands at the start of a line.
fn value(head: &str, key: &str) -> Option<String> {
    let written = head.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(':'))?.trim();
    let quoted = ['"', '\''].iter().find_map(|quote| written.strip_prefix(*quote)?.strip_suffix(*quote));
    let plain = || written.split(" #").next().unwrap_or_default().trim_end();
    Some(quoted.unwrap_or_else(plain).to_owned()).filter(|text| !text.is_empty())
}

/// `[a, b]` or `a b`, as names.
fn list(value: Option<String>) -> Vec<String> {
    let value = value.unwrap_or_default();
    let names = value.trim_matches(['[', ']']).split([',', ' ']);
    names.map(|name| name.trim_matches(['"', '\''])).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frontmatter_is_taken_off() {
        let front = Front::parse(
            "---\nname: \"deploy\"  \ndescription: a: b\ndisable-model-invocation: true # why\n---\n\n# Deploy\n",
        );
        assert_eq!(front.name.as_deref(), Some("deploy"));
        assert!(front.disabled);
        assert_eq!(front.body, "# Deploy\n");
    }

    #[test]
    fn named_arguments_are_listed() {
        assert_eq!(Front::parse("---\narguments: [host, port]\n---\n").arguments, ["host", "port"]);
        assert_eq!(Front::parse("---\narguments: host port\n---\n").arguments, ["host", "port"]);
    }

    #[test]
    fn a_frontmatter_that_is_not_closed_is_body() {
        let text = "---\nname: x\n# Title\n";
        assert_eq!(Front::parse(text), Front { name: None, arguments: vec![], disabled: false, body: text });
    }

    #[test]
    fn windows_line_ends_and_a_mark_are_understood() {
        let front = Front::parse("\u{feff}---\r\nname: x\r\n---\r\nBody\r\n");
        assert_eq!((front.name.as_deref(), front.body), (Some("x"), "Body\r\n"));
    }
}
