use insta::assert_snapshot;

use crate::fixture::{Case, NOW, ask_fs, ask_net, give_fs, give_net, grant};
use crate::{Band, Basis, Used};

/// The score as it reads, heaviest first.
fn score(case: &Case) -> String {
    let risk = case.review().risk;
    let lines: String = risk.lines.iter().map(|line| format!("{line}\n")).collect();
    format!("{lines}= {} {}", risk.total, risk.band.as_str())
}

/// A plugin whose approval adds nothing, so that its grants alone count.
fn of(grants: &str) -> Case {
    Case { built_in: true, ..Case::new("", grants) }
}

#[test]
fn each_effect_has_its_points_and_says_what_saves_them() {
    let grants = give_fs("all", r#"["read", "list", "create", "modify", "rename", "delete"]"#, r#"["docs/a.md"]"#);
    assert_snapshot!(score(&of(&grants)), @"
    +12 fs.delete on repo/docs/a.md — drop `delete` to save 12
    +8 fs.write on repo/docs/a.md — drop `create`, `modify`, `rename` to save 8
    +2 fs.read on repo/docs/a.md — drop `read`, `list` to save 2
    = 22 medium
    ");
    let rule = "host = \"api.example.com\", method = [\"GET\", \"POST\"], path = \"/v1/tickets\"";
    assert_snapshot!(score(&of(&give_net("api", rule, "secret = { name = \"key\", bearer = true }"))), @"
    +14 net.write on https://api.example.com/v1/tickets — drop `POST` to save 14
    +8 secret on key — do without the secret to save 8
    +6 net.GET on https://api.example.com/v1/tickets — drop `GET` to save 6
    = 28 medium
    ");
}

#[test]
fn the_vault_counts_more_than_other_files() {
    let vault = grant("vault", "fs", "root = \"vault\"\naccess = [\"read\"]\nallow = [\"a.md\"]");
    assert_snapshot!(score(&of(&vault)), @"
    +10 vault.read on vault/a.md — drop `read` to save 10
    = 10 low
    ");
}

#[test]
fn wider_counts_more() {
    let read = |allow: &str| of(&give_fs("read", r#"["read"]"#, allow)).review().risk.total;
    assert_eq!([read(r#"["a.md"]"#), read(r#"["docs/**"]"#), read(r#"["**"]"#), read(r#"["*.md"]"#)], [2, 3, 5, 5]);
    assert_eq!(read(r#"["a.md", "docs/**"]"#), 3, "the widest pattern counts");
    assert_eq!(read("[]"), 0);
    let get = |host: &str, path: &str| {
        of(&give_net("api", &format!("host = \"{host}\", method = [\"GET\"], path = \"{path}\""), ""))
            .review()
            .risk
            .total
    };
    assert_eq!([get("a.example", "/v1"), get("a.example", "/v1/**"), get("a.example", "/**")], [6, 9, 15]);
    assert_eq!([get("*.a.example", "/v1"), get("*", "/v1")], [15, 24]);
}

#[test]
fn a_directory_that_is_gone_after_the_call_counts_nothing() {
    let scratch =
        grant("tmp", "fs", "root = \"scratch\"\naccess = [\"read\", \"create\", \"delete\"]\nallow = [\"**\"]");
    assert_snapshot!(score(&of(&scratch)), @"= 0 low");
}

#[test]
fn confirmations_and_examples_take_points_away() {
    let deletes = |rest: &str| {
        let keys = format!("root = \"repo\"\naccess = [\"delete\"]\nallow = [\"**\"]\n{rest}");
        of(&grant("clean", "fs", &keys)).review().risk.total
    };
    assert_eq!(deletes(""), 30);
    assert_eq!(deletes("confirm = { when = \"always\", by = [\"tech\"] }"), 21);
    assert_eq!(deletes("confirm = { when = \"always\", by = [\"tech\"], two_person = true }"), 11);
    assert_eq!(deletes("confirm = { when = \"tainted\", by = [\"tech\"] }"), 30);
    assert_eq!(deletes("examples.refuse = [\"delete .git/a\", \"delete .env\"]"), 30);
    assert_eq!(deletes("examples.refuse = [\"delete .git/a\", \"delete .env\", \"delete x.wasm\"]"), 24);
}

#[test]
fn pairs_add_their_points() {
    let out = "host = \"paste.example\", method = [\"POST\"], path = \"/\"";
    let vault = grant("vault", "fs", "root = \"vault\"\naccess = [\"read\"]\nallow = [\"a.md\"]");
    let mut case = of(&(vault + &give_net("post", out, "")));
    case.text = case.text.replace("output = \"trusted\"", "output = \"untrusted\"");
    assert_snapshot!(score(&case), @"
    +20 the sensitive root vault, and writes to paste.example, which no audience of its secrets names — drop the methods that write there, in the grant `post`, to save 20
    +15 answers that anybody may have written, and writes to paste.example — split it in two plugins, one without the grant `post`, to save 15
    +14 net.write on https://paste.example/ — drop `POST` to save 14
    +10 vault.read on vault/a.md — drop `read` to save 10
    = 59 high
    ");
}

#[test]
fn the_state_of_an_approval_and_of_the_use_adds_up() {
    let read = give_fs("read", r#"["read"]"#, r#"["a.md"]"#);
    let mut case = Case::new(&ask_fs(r#"["read"]"#), &read).approved();
    assert_snapshot!(score(&case), @"
    +10 an approval without a signature — sign it to save 10
    +10 an approval older than 180 days — review and approve it again to save 10
    +2 fs.read on repo/a.md — drop `read` to save 2
    = 22 medium
    ");
    case.text = case.text.replace("2026-01-01T00:00:00Z", "2026-11-01T00:00:00Z");
    case.used =
        Some(Used { days: 30, refused: [(claudetools_policy::Code::FsProtected, 1)].into(), ..Used::default() });
    assert_snapshot!(score(&case), @"
    +10 attempts that were refused
    +10 an approval without a signature — sign it to save 10
    +5 a grant that is not used — remove it to save 5
    +2 fs.read on repo/a.md — drop `read` to save 2
    = 27 medium
    ");
}

#[test]
fn an_approval_is_old_after_180_days_and_not_before() {
    let old = |at: &str| {
        let case = Case::new("", "").approved();
        let text = case.text.replace("2026-01-01T00:00:00Z", at);
        Case { text, ..case }.review().risk.total == 20
    };
    assert_eq!(NOW, 1_795_392_000, "2026-11-23T00:00:00Z");
    assert!(old("2026-05-26T23:59:59Z") && !old("2026-05-27T00:00:00Z"));
    assert!(old("2026-05-27T01:59:59+02:00"), "an offset counts");
    assert!(!old("2027-01-01T00:00:00Z"), "a time to come is not old");
}

#[test]
fn what_was_dropped_is_scored_as_if_it_were_granted() {
    let requests = ask_fs(r#"["read", "delete"]"#) + &ask_net(r#"["api.example.com", "*"]"#, r#"["GET", "POST"]"#);
    let case = Case::dropped(&requests);
    assert_eq!(case.review().risk.basis, Basis::Asked);
    assert_snapshot!(score(&case), @"
    +56 net.write on * — drop `POST` to save 56
    +35 net.write on api.example.com — drop `POST` to save 35
    +30 fs.delete on repo — drop `delete` to save 30
    +24 net.GET on * — drop `GET` to save 24
    +15 net.GET on api.example.com — drop `GET` to save 15
    +10 an approval without a signature — sign it to save 10
    +5 fs.read on repo — drop `read` to save 5
    = 175 extreme
    ");
}

#[test]
fn bands_begin_where_they_are_said_to() {
    let bands: Vec<Band> = [0, 19, 20, 49, 50, 79, 80, u32::MAX].into_iter().map(Band::of).collect();
    use Band::{Extreme, High, Low, Medium};
    assert_eq!(bands, [Low, Low, Medium, Medium, High, High, Extreme, Extreme]);
}

#[test]
fn what_a_line_says_it_saves_is_what_it_saves() {
    let access = |ways: &str| of(&give_fs("all", ways, r#"["docs/**"]"#)).review().risk;
    let all = access(r#"["read", "delete"]"#);
    let delete = all.lines.iter().find(|line| line.what.starts_with("fs.delete")).unwrap();
    assert_eq!(all.total - delete.save.as_ref().unwrap().points, access(r#"["read"]"#).total);
}
