//! Patterns that allow nothing: everything they fit is on the list that no grant opens.

use std::collections::BTreeSet;

use super::low::Word;
use super::place::Fault;
use crate::{Access, RelPath, Root, protect};

/// What stands for `**`, and for any other part with a wildcard, in paths that a pattern fits; or in ones that are
/// freer than it, so that none is refused which could allow something.
const STAND_INS: [(&str, &str); 3] = [("", "any"), ("some", "some-0.name"), ("one/other", "Other")];

/// Refuses a pattern that no way of `access` of the grant gets anything out of.
pub(super) fn check(pattern: &Word, name: &Word, root: &Root, access: &BTreeSet<Access>) -> Result<(), Fault> {
    let paths = STAND_INS.iter().map(|(parts, part)| RelPath::parse(&fitted(pattern.as_ref(), parts, part)));
    let mut refusals = Vec::new();
    for path in paths {
        let Ok(path) = path else { return Ok(()) };
        for way in access {
            match protect::check(name.as_ref(), root, &path, *way) {
                Ok(()) => return Ok(()),
                Err(refusal) => refusals.push(refusal.message),
            }
        }
    }
    let why = refusals.first().and_then(|message| message.rsplit_once(": ")).map_or("", |(_, why)| why);
    let message = format!("`{}` allows nothing: {why} No grant opens it; take the pattern out", pattern.as_ref());
    if access.is_empty() { Ok(()) } else { Err(Fault::at(pattern, message)) }
}

fn fitted(pattern: &str, parts: &str, part: &str) -> String {
    let stand_in = |written: &str| match written {
        "**" => parts.to_owned(),
        written if written.contains(['*', '?', '[', '{']) => part.to_owned(),
        written => written.to_owned(),
    };
    let fitted: Vec<String> = pattern.split('/').map(stand_in).filter(|part| !part.is_empty()).collect();
    if fitted.is_empty() { part.to_owned() } else { fitted.join("/") }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::Policy;
    use crate::fixture::policy_error;

    fn grant(root: &str, access: &str, pattern: &str) -> String {
        format!(
            "[roots.repo]\n{root}\n[plugin.notes]\n[[plugin.notes.grant]]\nid = \"read\"\nwhy = \"a test\"\nkind = \"fs\"\n\
             root = \"repo\"\naccess = [{access}]\nallow = [\"{pattern}\"]\n"
        )
    }

    #[test]
    fn a_pattern_that_fits_only_what_no_grant_opens_is_refused() {
        for (root, access, pattern) in [
            ("", "\"read\", \"create\"", ".git/**"),
            ("", "\"read\"", "**/.env"),
            ("", "\"read\"", "docs/.GIT/*/config"),
            ("hide = [\"clients/**\"]", "\"read\"", "clients/acme/**"),
            ("hide = [\"**\"]", "\"read\"", "**"),
            ("protect = [\"ci/**\"]", "\"create\", \"modify\"", "ci/*.yml"),
        ] {
            let error = policy_error(&grant(root, access, pattern));
            assert!(error.contains(&format!("`{pattern}` allows nothing: ")), "{error}");
        }
        assert_snapshot!(policy_error(&grant("", "\"read\"", ".git/**")), @"plugins.toml:11:10: `.git/**` allows nothing: git runs programs that its files name, and its history keeps what was deleted. No grant opens it; take the pattern out");
    }

    #[test]
    fn a_pattern_that_may_fit_something_is_taken() {
        for (root, access, pattern) in [
            ("", "\"read\"", "**"),
            ("", "\"read\"", "*"),
            ("", "\"read\"", "**/*.md"),
            ("", "\"read\"", ".e*"),
            ("hide = [\"clients/?\"]", "\"read\"", "clients/*"),
            ("protect = [\"ci/**\"]", "\"read\", \"modify\"", "ci/*.yml"),
        ] {
            let text = format!("schema = 1\n{}", grant(root, access, pattern));
            assert!(Policy::parse(&text).is_ok(), "{pattern}");
        }
    }
}
