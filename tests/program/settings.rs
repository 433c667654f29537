//! Settings that make no sense: said before anything is made or changed.

use claudetools::builtin::DEFAULT_POLICY;
use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::{Ended, run};

/// Runs with wrong settings: code 3, one sentence, and no data directory was made.
fn refused(places: &Places, setup: Setup) -> String {
    let ended = run(places, &setup, &["ask", "read docs/a.md"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert!(!places.path("data").exists(), "something was made");
    ended.sentence().to_owned()
}

#[test]
fn a_repository_that_is_not_there() {
    let places = Places::new().unwrap();
    let setup = Setup::new(&places).with("CLAUDETOOLS_ROOT", places.path("nowhere").display());
    assert_snapshot!(refused(&places, setup), @"CLAUDETOOLS_ROOT is `…/nowhere`, which is not there; set it to a directory that exists");
}

#[test]
fn a_repository_that_is_a_file() {
    let places = Places::new().unwrap();
    let setup = Setup::new(&places).with("CLAUDETOOLS_ROOT", places.path("repo/docs/a.md").display());
    assert_snapshot!(refused(&places, setup), @"CLAUDETOOLS_ROOT is `…/repo/docs/a.md`, which is not a directory; set it to a directory that exists");
}

#[test]
fn a_vault_that_is_not_there() {
    let places = Places::new().unwrap();
    let setup = Setup::new(&places).with("VAULT_PATH", places.path("nowhere").display());
    assert_snapshot!(refused(&places, setup), @"VAULT_PATH is `…/nowhere`, which is not there; set it to a directory that exists");
}

#[test]
fn a_vault_inside_the_repository() {
    let places = Places::new().unwrap();
    let setup = Setup::new(&places).with("VAULT_PATH", places.path("repo/docs").display());
    assert_snapshot!(refused(&places, setup), @"the root `vault` at …/repo/docs lies inside the root `repo`; a grant on that root would open it too, so move one of them");
}

#[test]
fn a_vault_that_is_granted_and_has_no_place() {
    let places = Places::new().unwrap();
    let grant = "[[plugin.search.grant]]\nid = \"vault\"\nwhy = \"find notes\"\nkind = \"fs\"\nroot = \"vault\"\n\
                 access = [\"read\"]\nallow = [\"**\"]\n";
    std::fs::write(places.path("base/plugins.toml"), format!("{DEFAULT_POLICY}\n{grant}")).unwrap();
    assert_snapshot!(refused(&places, Setup::new(&places).without("VAULT_PATH")), @"plugins.toml grants the root `vault`, but it has no place; set VAULT_PATH in .env, or write `path` under [roots.vault]");
}

#[test]
fn a_policy_with_an_unknown_key() {
    let places = Places::new().unwrap();
    std::fs::write(places.path("base/plugins.toml"), "schema = 1\n\n[roles]\ntech = { locall = true }\n").unwrap();
    assert_snapshot!(refused(&places, Setup::new(&places)), @"plugins.toml:4:10: unknown key `locall`, expected one of `discord`, `local`, `includes`");
}

#[test]
fn a_policy_file_that_is_named_and_not_there() {
    let places = Places::new().unwrap();
    let ended = run(&places, &Setup::new(&places), &["--policy", "other.toml", "ask", "help"]);
    assert_eq!(ended.code, Some(3));
    assert_snapshot!(ended.sentence(), @"the policy other.toml can't be read (No such file or directory (os error 2)); name another with --policy");
}

#[test]
fn a_data_directory_inside_the_repository() {
    let places = Places::new().unwrap();
    let setup = Setup::new(&places).with("CLAUDETOOLS_DATA_DIR", places.path("repo/data").display());
    assert_snapshot!(refused(&places, setup), @"the data directory …/repo/data lies inside the root `repo`, where tools could reach the ledger; set CLAUDETOOLS_DATA_DIR to a place outside");
    assert!(!places.path("repo/data").exists(), "something was made");
}

#[test]
fn a_server_id_that_is_a_name() {
    let places = Places::new().unwrap();
    let setup = Setup::new(&places).with("DISCORD_TOKEN", "secret").with("DISCORD_GUILD_ID", "my server");
    assert_snapshot!(refused(&places, setup), @"DISCORD_GUILD_ID is `my server`; expected the number that Discord shows as the server's ID");
}

#[test]
fn a_line_of_the_environment_file_that_makes_no_sense_is_not_shown() {
    let places = Places::new().unwrap();
    let text = "# settings\nCLAUDETOOLS_EFFORT=low\nANTHROPIC_API_KEY sk-ant-secret\n";
    std::fs::write(places.path("base/.env"), text).unwrap();
    let said = refused(&places, Setup::new(&places));
    assert!(!said.contains("sk-ant-secret"));
    assert_snapshot!(said, @".env, line 3: expected NAME=value, with quotes around a value that has spaces");
}

#[test]
fn values_that_are_none_of_the_known_ones() {
    for (name, value) in [("CLAUDETOOLS_EFFORT", "very"), ("CLAUDETOOLS_DIALECT", "latin"), ("RUST_LOG", "a=b=c")] {
        let places = Places::new().unwrap();
        let key = Setup::new(&places).with("ANTHROPIC_API_KEY", "k").with(name, value);
        let said = refused(&places, key);
        assert!(said.starts_with(&format!("{name} is `{value}`")) && said.contains("expected"), "{said}");
    }
}

#[test]
fn a_base_url_without_a_scheme() {
    let places = Places::new().unwrap();
    assert_snapshot!(refused(&places, Setup::new(&places).with("ANTHROPIC_BASE_URL", "localhost:11434")), @"ANTHROPIC_BASE_URL is `localhost:11434`; expected a URL such as https://api.anthropic.com");
}

#[test]
fn a_variable_that_is_not_utf_8_is_nothing_to_us() {
    let places = Places::compiled().unwrap();
    let output = Setup::new(&places).run_after("export ODD=$(printf '\\377')", &["plugin", "list"]).unwrap();
    let ended = Ended::new(&places, output);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}
