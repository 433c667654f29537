//! The documents: what they say is so.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "readme/guide.rs"]
mod guide;
#[path = "readme/languages.rs"]
mod languages;
#[path = "readme/reliability.rs"]
mod reliability;
#[path = "readme/text.rs"]
mod text;

use std::collections::BTreeSet;

use claudetools::exit::Exit;
use claudetools_policy::Policy;
use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;

use text::{blocks, commands, links, read, root};

#[test]
fn the_readme_begins_with_the_two_commands() {
    let readme = read("README.md");
    let first = blocks(&readme, "sh").next().unwrap();
    let commands: Vec<&str> = first.lines().filter_map(|line| line.split('#').next()).map(str::trim).collect();
    assert_eq!(commands, ["cargo xtask run", "cargo xtask test"]);
    assert!(readme.find(first).unwrap() < 1_500, "they come too late");
}

#[test]
fn every_policy_of_the_readme_is_one() {
    let readme = read("README.md");
    let policies: Vec<&str> = blocks(&readme, "toml").collect();
    assert!(!policies.is_empty());
    for policy in policies {
        Policy::parse(policy).unwrap_or_else(|error| panic!("{error}\n{policy}"));
    }
}

#[test]
fn every_relative_link_leads_somewhere() {
    for file in ["README.md", "CONTRIBUTING.md", "SECURITY.md", "plugins/README.md", "host/ARCHITECTURE.md"] {
        let text = read(file);
        let place = root().join(file);
        for link in links(&text) {
            let path = link.split('#').next().unwrap();
            assert!(place.parent().unwrap().join(path).exists(), "{file} links to {link}");
        }
    }
}

#[test]
fn the_example_of_settings_has_every_variable_and_no_other() {
    let example = read(".env.example");
    let documented = example.lines().filter_map(|line| Some(line.split_once('=')?.0));
    let documented: BTreeSet<&str> = documented.filter(|name| !name.starts_with('#')).collect();
    // What opens the vault is looked up by the crate that opens it.
    let config = read("host/src/config.rs") + &read("host/secrets/src/sops/identity.rs");
    let quoted = config.split('"').skip(1).step_by(2);
    let name = |text: &&str| text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    // Where the system keeps a person's data is the system's to say.
    let read_here: BTreeSet<&str> = quoted.filter(name).filter(|name| !name.starts_with("XDG_")).collect();
    assert_eq!(documented, read_here);
}

#[test]
fn every_command_of_the_documents_exists() {
    let places = Places::new().unwrap();
    let mut tried = BTreeSet::new();
    for file in ["README.md", "SECURITY.md", "CONTRIBUTING.md", "plugins/README.md"] {
        for command in commands(&read(file)) {
            let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
            let output = Setup::new(&places).run(&words).unwrap();
            assert!(output.status.success(), "{file}: `claudetools {command}` does not exist");
            tried.insert(command);
        }
    }
    assert!(tried.contains("ask") && tried.contains("plugin list") && tried.contains("audit verify"), "{tried:?}");
}

#[test]
fn the_exit_codes_are_the_ones_of_the_program() {
    let readme = read("README.md");
    let (_, after) = readme.split_once("## Exit codes\n\n").unwrap();
    let line = after.lines().next().unwrap();
    let places = Places::new().unwrap();
    let help = String::from_utf8(Setup::new(&places).run(&["--help"]).unwrap().stdout).unwrap();
    let codes = [
        (Exit::Failed, "not answered"),
        (Exit::Usage, "usage"),
        (Exit::Config, "configuration"),
        (Exit::Ledger, "ledger"),
        (Exit::Discord, "Discord"),
        (Exit::Rehearsal, "rehearsal model"),
    ];
    let written: Vec<&str> = line.split(" · ").collect();
    assert_eq!(written.len(), codes.len() + 1, "{line}");
    for ((exit, word), written) in codes.into_iter().zip(&written[1..]) {
        let code = format!("{} {word}", exit as u8 + 1);
        assert!(written.starts_with(&code), "the README says `{written}`, the program `{code}`");
        assert!(help.contains(&code), "--help does not say `{code}`");
    }
}

/// The tests hold each message as a snapshot of what was printed.
#[test]
fn every_trouble_of_the_readme_is_printed_by_the_program() {
    let readme = read("README.md");
    let (_, after) = readme.split_once("## Troubleshooting\n").unwrap();
    let (troubles, _) = after.split_once("\n## ").unwrap();
    let troubles: Vec<&str> = troubles.lines().filter_map(|line| line.strip_prefix("| `")).collect();
    assert!(troubles.len() > 10);
    let program = ["backup", "ledger", "model", "plugins", "plugins_approve", "settings"];
    let program = program.map(|name| read(&format!("tests/program/{name}.rs"))).concat();
    let elsewhere = [
        "host/discord/tests/front/health.rs",
        "tests/discord/trouble.rs",
        "tests/discord/events.toml",
        "tests/reload/policy.rs",
    ];
    let elsewhere = elsewhere.map(read).concat();
    // A disk that is really full is not to be had without rights: the ledger's own test makes one.
    let printed = program + &elsewhere + &read("host/ledger/src/open.rs");
    for trouble in troubles {
        let message = trouble.split(" | ").next().unwrap().trim_matches(['`', ' ']);
        let found = printed.lines().any(|line| fits(line, message));
        assert!(found, "no test shows that the program prints `{message}`");
    }
}

/// Whether the fixed parts of a message, between its `…`, stand in this line in their order.
fn fits(line: &str, message: &str) -> bool {
    let mut rest = line;
    message.split('…').all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}
