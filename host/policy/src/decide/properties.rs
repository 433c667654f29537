//! What holds of the decision for every policy and every path.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::fixture::{admitted, grant, policy};
use crate::{Access, Admitted, Flow, FsEffect, Manifest, Policy, Refusal, RelPath, decide};

const PARTS: &[&str] =
    &["docs", "a", "b", "x.md", "README.md", "y", ".git", ".GIT", ".env", "GIT~1", ".claude", "plugins.toml"];
const PATTERNS: &[&str] = &["**", "docs/**", "*.md", "**/*.md", "docs/*", "{a,b}/**", "a/b", "[a-b]", ".claude/**"];
const WAYS: &[&str] = &["read", "list", "create", "modify", "delete", "rename"];

/// The lines of a grant below its id.
fn a_grant() -> impl Strategy<Value = String> {
    let list = |items: &'static [&'static str], least| subsequence(items, least..=items.len());
    let root = select(&["repo", "vault"][..]);
    let max = select(&["10B", "1KiB"][..]);
    (list(&["Read", "Write"], 1), root, list(WAYS, 0), list(PATTERNS, 0), max).prop_map(
        |(tools, root, access, allow, max)| {
            format!("tools = {tools:?}\nroot = {root:?}\naccess = {access:?}\nallow = {allow:?}\nmax_file = {max:?}")
        },
    )
}

fn some_grants() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(a_grant(), 0..5)
}

fn a_path() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(PARTS), 0..4).prop_map(|parts| parts.join("/"))
}

/// An effect as a test asks for it: path, access, links, bytes, tool.
type Asked = (String, Access, u64, Option<u64>, &'static str);

fn an_effect() -> impl Strategy<Value = Asked> {
    let bytes = select(&[None, Some(10), Some(11), Some(2000)][..]);
    (a_path(), select(Access::ALL), 1..3u64, bytes, select(&["Read", "Write"][..]))
}

/// A plugin with these grants, named by their places in the list, in the order of `order`.
fn plugin_with(grants: &[String], order: impl Iterator<Item = usize>) -> Admitted {
    let text: String = order.map(|index| grant(&format!("g{index}"), &grants[index])).collect();
    admitted(&text)
}

fn ask(plugin: &Admitted, root: &str, (path, access, links, bytes, tool): &Asked) -> Result<String, Refusal> {
    let (path, name, policy) = (RelPath::parse(path).unwrap(), root.to_owned(), policy(""));
    let effect = FsEffect { root: &name, path: &path, access: *access, links: *links, bytes: *bytes };
    decide(&effect, &policy.roots[root], plugin, tool, Flow::default()).map(|yes| yes.id.to_owned())
}

proptest! {
    #[test]
    fn taking_a_grant_away_never_allows_more(grants in some_grants(), gone in 0..5usize, asked in an_effect()) {
        let fewer = plugin_with(&grants, (0..grants.len()).filter(|index| *index != gone));
        if ask(&fewer, "repo", &asked).is_ok() {
            prop_assert!(ask(&plugin_with(&grants, 0..grants.len()), "repo", &asked).is_ok());
        }
    }

    #[test]
    fn what_allows_is_one_grant_that_allows_it_alone(grants in some_grants(), asked in an_effect()) {
        let together = ask(&plugin_with(&grants, 0..grants.len()), "repo", &asked);
        let alone: BTreeSet<_> = (0..grants.len())
            .filter_map(|index| ask(&plugin_with(&grants, index..index + 1), "repo", &asked).ok())
            .collect();
        prop_assert_eq!(together.ok(), alone.first().cloned());
    }

    #[test]
    fn the_order_of_grants_changes_nothing_but_hints(grants in some_grants(), asked in an_effect()) {
        let forth = ask(&plugin_with(&grants, 0..grants.len()), "repo", &asked);
        let back = ask(&plugin_with(&grants, (0..grants.len()).rev()), "repo", &asked);
        let plain = |answer: Result<String, Refusal>| answer.map_err(|refusal| refusal.to_string());
        prop_assert_eq!(plain(forth), plain(back));
    }

    #[test]
    fn no_grant_opens_what_is_hidden(grants in some_grants(), asked in an_effect()) {
        let hidden = asked.0.split('/').any(|part| matches!(part, ".git" | ".GIT" | ".env" | "GIT~1"));
        let answer = ask(&plugin_with(&grants, 0..grants.len()), "repo", &asked);
        prop_assert_eq!(hidden, policy("").roots["repo"].hidden(&RelPath::parse(&asked.0).unwrap()));
        prop_assert!(!hidden || answer.is_err());
    }

    #[test]
    fn no_grant_gives_what_the_manifest_does_not_ask_for(grants in some_grants(), asked in an_effect()) {
        let plugin = plugin_with(&grants, 0..grants.len());
        prop_assert!(ask(&plugin, "vault", &asked).is_err());
        prop_assert!(asked.1 != Access::Delete || ask(&plugin, "repo", &asked).is_err());
    }

    #[test]
    fn grants_of_another_plugin_change_nothing(
        grants in some_grants(), others in some_grants(), asked in an_effect()
    ) {
        let mine: String = grants.iter().enumerate().map(|(i, rest)| grant(&format!("g{i}"), rest)).collect();
        let theirs: String = others.iter().enumerate().map(|(i, rest)| grant(&format!("h{i}"), rest)).collect();
        let both = format!("{mine}{}", theirs.replace("[plugin.notes.", "[plugin.other."));
        prop_assert_eq!(ask(&admitted(&both), "repo", &asked), ask(&admitted(&mine), "repo", &asked));
    }

    #[test]
    fn any_text_is_a_path_or_a_refusal(text in any::<String>(), access in select(Access::ALL)) {
        let plugin = admitted(&grant("all", "root = \"repo\"\naccess = [\"read\"]\nallow = [\"**\"]"));
        if let Ok(path) = RelPath::parse(&text) {
            prop_assert_eq!(path.parts().collect::<Vec<_>>().join("/"), text.clone());
            prop_assert!(!path.parts().any(|part| part == ".." || part == "."));
            let _ = ask(&plugin, "repo", &(text, access, 1, None, "Read"));
        }
    }

    #[test]
    fn folding_a_folded_path_changes_nothing(text in "[.gGiItT~1:/ \\\\ſİ\u{200c}é\u{301}．]{0,12}") {
        let once = crate::protect::fold(&text).into_owned();
        prop_assert_eq!(crate::protect::fold(&once), once.as_str());
    }

    #[test]
    fn no_text_breaks_the_parsers(text in any::<String>(), at in any::<prop::sample::Index>()) {
        let _ = (Policy::parse(&text), Manifest::parse(&text));
        let mut own = include_str!("../../../../plugins.toml").to_owned();
        let place = own.floor_char_boundary(at.index(own.len()));
        own.insert_str(place, &text);
        let _ = Policy::parse(&own);
    }
}
