//! Substitutions in a skill's body.

/// What is put into a body.
pub struct Values<'a> {
    /// The arguments as one text.
    pub arguments: &'a str,
    /// The names of the arguments, in order; mostly none.
    pub names: &'a [String],
    /// The guest path of the directory that the skill lies in.
    pub directory: &'a str,
}

/// Fills in `$ARGUMENTS`, `$ARGUMENTS[N]`, `$N` and named arguments (N counts from 0, an argument that
/// was not given is empty), and `${CLAUDE_SKILL_DIR}`.
///
/// One pass: what was filled in is not looked at again. Arguments that the body does not use follow it.
pub fn fill(body: &str, values: &Values) -> String {
    let words = words(values.arguments);
    let mut filled = String::with_capacity(body.len() + values.arguments.len());
    let mut used = false;
    let mut rest = body;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some((length, text, argument)) = variable(rest, values, &words) else {
            filled.push('$');
            rest = &rest[1..];
            continue;
        };
        filled.push_str(text);
        used |= argument;
        rest = &rest[length..];
    }
    filled.push_str(rest);
    if !used && !values.arguments.is_empty() {
        filled.push_str("\n\nARGUMENTS: ");
        filled.push_str(values.arguments);
    }
    filled
}

/// The variable at the start of `text`: its length, its value, and whether it is an argument.
fn variable<'a>(text: &str, values: &Values<'a>, words: &[&'a str]) -> Option<(usize, &'a str, bool)> {
    const DIRECTORY: &str = "${CLAUDE_SKILL_DIR}";
    const ALL: &str = "$ARGUMENTS";
    let word = |index: &str| index.parse().ok().and_then(|index: usize| words.get(index)).copied().unwrap_or_default();
    if text.starts_with(DIRECTORY) {
        return Some((DIRECTORY.len(), values.directory, false));
    }
    if let Some(after) = text.strip_prefix(ALL) {
        let index = after.strip_prefix('[').and_then(|inner| inner.split_once(']')).map(|(index, _)| index);
        return match index.filter(|index| is_number(index)) {
            Some(index) => Some((ALL.len() + index.len() + 2, word(index), true)),
            None => Some((ALL.len(), values.arguments, true)),
        };
    }
    let name = &text[1..];
    let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len())];
    if is_number(name) {
        return Some((1 + name.len(), word(name), true));
    }
    let index = values.names.iter().position(|known| known == name)?;
    Some((1 + name.len(), words.get(index).copied().unwrap_or_default(), true))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words apart by white space; quotes keep words together.
fn words(arguments: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = arguments.trim_start();
    while let Some(first) = rest.chars().next() {
        let quote = Some(first).filter(|quote| matches!(quote, '"' | '\''));
        let end = quote.and_then(|quote| rest[1..].find(quote));
        let (word, after) = match end {
            Some(end) => (&rest[1..=end], &rest[end + 2..]),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(body: &str, arguments: &str) -> String {
        let names = ["host".to_owned(), "port".to_owned()];
        fill(body, &Values { arguments, names: &names, directory: "/repo/.claude/skills/x" })
    }

    #[test]
    fn every_form_is_filled_in() {
        insta::assert_snapshot!(
            filled("$ARGUMENTS | $0 $ARGUMENTS[1] [$2] $port ${CLAUDE_SKILL_DIR}/a.sh", "web \"80 81\""),
            @r#"web "80 81" | web 80 81 [] 80 81 /repo/.claude/skills/x/a.sh"#
        );
    }

    #[test]
    fn arguments_that_are_not_used_follow() {
        insta::assert_snapshot!(filled("Deploy.", "web"), @r"
        Deploy.

        ARGUMENTS: web
        ");
        assert_eq!(filled("Deploy.", ""), "Deploy.");
    }

    #[test]
    fn what_was_filled_in_is_not_filled_again() {
        assert_eq!(filled("$0", "$ARGUMENTS"), "$ARGUMENTS");
    }

    #[test]
    fn other_dollars_stay() {
        assert_eq!(filled("costs $ and $HOME, ${X} $ARGUMENTS", "5"), "costs $ and $HOME, ${X} 5");
        assert_eq!(filled("$ARGUMENTS[x]", "5"), "5[x]");
        assert_eq!(filled("$99999999999999999999999", "5"), "");
    }
}
