//! The text before and after, comments and all.

use claudetools_policy::Digest;

use super::*;

const TEXT: &str = r#"# The policy of ACME.
schema = 1

[plugin.files]    # built in

[plugin.notes]    # for the service desk
component = "plugins/notes.wasm"

[[plugin.notes.grant]]
id = "keep"   # between calls
why = "remember"
kind = "state"

# Another one.
[plugin.tickets]
# The end.
"#;

fn approval(by: &str) -> Approval {
    Approval {
        component: Digest::of("component"),
        request: Digest::of("request"),
        imports: Digest::of("imports"),
        strings: Digest::of("strings"),
        grants: None,
        version: "1.0.0".to_owned(),
        by: by.to_owned(),
        at: "2026-11-22T17:40:00Z".to_owned(),
        note: "seen, \"read\"".to_owned(),
        signature: None,
    }
}

/// The text with digests left out.
fn shown(text: &str) -> String {
    let short = |line: &str| line.split_once("sha256:").map_or(line.to_owned(), |(key, _)| format!("{key}…\""));
    text.lines().map(short).collect::<Vec<_>>().join("\n")
}

fn approved() -> String {
    approve(TEXT, "notes", &approval("ann")).unwrap()
}

#[test]
fn an_approval_comes_after_the_plugins_grants_and_leaves_the_rest_alone() {
    insta::assert_snapshot!(shown(&approved()), @r#"
    # The policy of ACME.
    schema = 1

    [plugin.files]    # built in

    [plugin.notes]    # for the service desk
    component = "plugins/notes.wasm"

    [[plugin.notes.grant]]
    id = "keep"   # between calls
    why = "remember"
    kind = "state"

    [plugin.notes.approved]
    component = "…"
    request   = "…"
    imports   = "…"
    strings   = "…"
    version   = "1.0.0"
    by        = "ann"
    at        = 2026-11-22T17:40:00Z
    note      = "seen, \"read\""

    # Another one.
    [plugin.tickets]
    # The end.
    "#);
}

#[test]
fn an_approval_that_is_there_is_changed_in_place() {
    let before = approved().replace("by        = \"ann\"", "by        = \"ann\"    # of the night shift");
    let after = approve(&before, "notes", &approval("bob")).unwrap();
    assert_eq!(after, before.replace("\"ann\"", "\"bob\""));
}

#[test]
fn a_signature_that_no_longer_fits_goes() {
    let (key, rest) = (format!("RUQ{}=", "A".repeat(96)), format!("{}==", "A".repeat(86)));
    let lines = ["untrusted comment: x", &key, "trusted comment: y", &rest, ""];
    let signed = Approval { signature: Some(lines.join("\n")), ..approval("ann") };
    let before = approve(TEXT, "notes", &signed).unwrap();
    assert!(before.contains("signature"), "{before}");
    assert_eq!(approve(&before, "notes", &approval("ann")).unwrap(), approved());
}

#[test]
fn revoking_takes_the_table_and_nothing_else() {
    assert_eq!(revoke(&approved(), "notes").unwrap(), TEXT);
    let commented = approved().replace("[plugin.notes.approved]", "# Look at it in May.\n[plugin.notes.approved]");
    let revoked = revoke(&commented, "notes").unwrap();
    assert!(revoked.contains("# Look at it in May.") && !revoked.contains("approved"), "{revoked}");
}

#[test]
fn an_approval_written_as_a_value_is_changed_and_revoked_too() {
    let inline = shown_inline(&approved());
    let after = approve(&inline, "notes", &approval("bob")).unwrap();
    assert!(after.contains("\"bob\"") && after.contains("approved = {"), "{after}");
    assert!(!revoke(&after, "notes").unwrap().contains("approved"));
}

/// The same approval as `approved = { … }`.
fn shown_inline(text: &str) -> String {
    let (before, table) = text.split_once("\n[plugin.notes.approved]\n").unwrap();
    let (table, after) = table.split_once("\n\n").unwrap();
    let values: Vec<&str> = table.lines().collect();
    let inline = format!("approved = {{ {} }}", values.join(", "));
    format!("{before}\n{after}").replace("component = \"plugins/notes.wasm\"", &inline)
}

#[test]
fn what_is_missing_is_said() {
    let refused = |result: Result<String, EditError>| result.unwrap_err().to_string();
    insta::assert_snapshot!(
        refused(approve(TEXT, "echo", &approval("ann"))),
        @"plugins.toml has no table `[plugin.echo]`; write it first: who may call the plugin, and what it is granted"
    );
    insta::assert_snapshot!(
        refused(revoke(TEXT, "notes")),
        @"plugins.toml has no `[plugin.notes.approved]`: the plugin is not approved, so there is nothing to revoke"
    );
    insta::assert_snapshot!(
        refused(approve(TEXT, "notes", &approval(" "))),
        @"plugins.toml was not changed, because the new text would not be valid: plugins.toml:20:13: `by` is empty; expected who approved"
    );
}
