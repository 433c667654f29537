//! `[[ … ]]` with an operator that the interpreter does not know there, though `[ … ]` does.
//!
//! Without this `[[ -L file ]]` and `[[ -R name ]]` are always true, `-nt` and `-ot` never, and an empty path is a directory.

/// Operators with one operand that only `[` knows.
const UNARY: [&str; 12] = ["-L", "-h", "-p", "-k", "-u", "-g", "-O", "-G", "-S", "-b", "-c", "-o"];
/// Operators with two.
const BINARY: [&str; 2] = ["-nt", "-ot"];
/// Operators that take an empty path for the working directory, though nothing is there.
const OF_PATHS: [&str; 7] = ["-a", "-e", "-f", "-d", "-r", "-w", "-x"];

/// What a text that begins with `[[` becomes, and how long the condition was. `None` where it stays.
pub fn rewritten(text: &str) -> Option<(String, usize)> {
    let (words, length) = words(text)?;
    if words.iter().any(|word| word.starts_with('(') || word.ends_with(')') && !word.contains('(')) {
        return None;
    }
    let (and, or) = (words.contains(&"&&"), words.contains(&"||"));
    let joint = if or { "||" } else { "&&" };
    let clauses: Vec<&[&str]> = words.split(|word| *word == joint).collect();
    if (and && or) || !clauses.iter().any(|clause| only_bracket(clause)) {
        return None;
    }
    let clauses = clauses.into_iter().map(written).collect::<Vec<_>>();
    let text = clauses.join(&format!(" {joint} "));
    Some((if clauses.len() > 1 { format!("{{ {text}; }}") } else { text }, length))
}

fn only_bracket(clause: &[&str]) -> bool {
    let clause = clause.strip_prefix(&["!"]).unwrap_or(clause);
    match clause {
        [operator, operand] => {
            *operator == "-R"
                || UNARY.contains(operator)
                || (OF_PATHS.contains(operator) && ["\"\"", "''"].contains(operand))
        }
        [_, operator, _] => BINARY.contains(operator),
        _ => false,
    }
}

fn written(clause: &[&str]) -> String {
    if !only_bracket(clause) {
        return format!("[[ {} ]]", clause.join(" "));
    }
    let (not, plain) = clause.strip_prefix(&["!"]).map_or(("", clause), |plain| ("! ", plain));
    match plain {
        ["-R", name] => return format!("[[ {not}$(declare -p {name} 2>/dev/null) =~ ^declare\\ -[a-z]*n ]]"),
        [operator, _] if OF_PATHS.contains(operator) => return format!("[[ {not}-n \"\" ]]"),
        _ => {}
    }
    let is_operator = |word: &str| word == "!" || UNARY.contains(&word) || BINARY.contains(&word);
    let word = |word: &&str| if is_operator(word) { (*word).to_owned() } else { quoted(word) };
    format!("[ {} ]", clause.iter().map(word).collect::<Vec<_>>().join(" "))
}

/// A word that `[` does not split either.
fn quoted(word: &str) -> String {
    if word.contains(['"', '\'', '\\', '`']) || word.starts_with('~') { word.to_owned() } else { format!("\"{word}\"") }
}

/// The words between `[[` and `]]` on one line, and how long all of it is.
fn words(text: &str) -> Option<(Vec<&str>, usize)> {
    let mut words = Vec::new();
    let mut at = 2;
    loop {
        at += text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
        let length = word(&text[at..])?;
        let word = &text[at..at + length];
        at += length;
        if word == "]]" {
            return Some((words, at));
        }
        words.push(word);
    }
}

/// How long the word at the beginning of a text is. `None` where the line or a quotation has no end.
fn word(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, next) in text.char_indices() {
        match (next, quote) {
            _ if escaped => escaped = false,
            ('\n', None) => return (at > 0 && depth == 0).then_some(at),
            ('\\', _) if quote != Some('\'') => escaped = true,
            (end, Some(begun)) if end == begun => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'' | '`', None) => quote = Some(next),
            ('{' | '(', None) if depth > 0 || text[..at].ends_with('$') => depth += 1,
            ('}' | ')', None) if depth > 0 => depth -= 1,
            (' ' | '\t' | ';', None) if depth == 0 => return (at > 0).then_some(at),
            _ => {}
        }
    }
    (quote.is_none() && depth == 0 && text == "]]").then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::rewritten;

    fn becomes(text: &str) -> String {
        rewritten(text).map_or_else(|| "stays".to_owned(), |(new, length)| format!("{new}{}", &text[length..]))
    }

    #[test]
    fn what_the_interpreter_knows_stays() {
        for text in [
            "[[ -f $x ]]",
            "[[ $a == -L ]]",
            "[[ -L",
            "[[ a =~ ^-L$ ]]; echo",
            "[[ ( -L a ) && -f b ]]",
            "[[ -f \"\n\" ]]",
        ] {
            assert_eq!(becomes(text), "stays", "{text}");
        }
    }

    #[test]
    fn what_only_the_bracket_knows_is_asked_of_it() {
        assert_eq!(becomes("[[ -L $x ]] && echo"), "[ -L \"$x\" ] && echo");
        assert_eq!(becomes("[[ ! -h a/b ]]; then"), "[ ! -h \"a/b\" ]; then");
        assert_eq!(becomes("[[ $a -nt ${b:-c d} ]]"), "[ \"$a\" -nt \"${b:-c d}\" ]");
        assert_eq!(becomes("[[ -d \"\" || $y = z* ]]"), "{ [[ -n \"\" ]] || [[ $y = z* ]]; }");
        assert_eq!(becomes("[[ ! -R $x ]]"), "[[ ! $(declare -p $x 2>/dev/null) =~ ^declare\\ -[a-z]*n ]]");
    }
}
