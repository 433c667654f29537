//! DEBUG traps under `shopt -s extdebug`: functions inherit them, and `return` in one ends a script that bash reads from
//! its input. The interpreter does not hand them on, complains about `return` and goes on.

/// What switches it on, and what that is written as.
pub const ON: (&str, &str) = ("shopt -s extdebug", "{ shopt -s extdebug; set -T; }");
/// What ends the script: with 2 where a failure would.
const EXIT: &str = "exit $([[ $- == *e* ]] && echo 2 || echo 0)";

/// How long the command at the beginning of a text is, and what it becomes: `trap '…' DEBUG` with `exit` in it.
pub fn rewritten(text: &str) -> Option<(String, usize)> {
    let handler = text.strip_prefix("trap '")?;
    let end = handler.find('\'')?;
    let behind = handler[end + 1..].strip_prefix(' ')?;
    if !behind.starts_with("DEBUG") || !handler[..end].contains("return") {
        return None;
    }
    let mut words = Vec::new();
    let mut rest = handler[..end].split("return");
    words.push(rest.next()?.to_owned());
    words.extend(rest.map(|after| after.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).to_owned()));
    Some((format!("trap '{}'", words.join(EXIT)), "trap '".len() + end + 1))
}

#[cfg(test)]
mod tests {
    use super::{EXIT, rewritten};

    #[test]
    fn only_a_handler_of_debug_that_returns_is_changed() {
        let becomes = |text: &str| rewritten(text).map(|(new, length)| format!("{new}{}", &text[length..]));
        assert_eq!(
            becomes("trap '[ a ] && return 1; return 0' DEBUG\n").unwrap(),
            format!("trap '[ a ] && {EXIT}; {EXIT}' DEBUG\n")
        );
        assert_eq!(becomes("trap 'return 0' RETURN"), None);
        assert_eq!(becomes("trap 'echo' DEBUG"), None);
    }
}
