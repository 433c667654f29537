//! Which client a call is about: what a guest may choose, and what it is told.

use claudetools_policy::{ChannelPolicy, ClientNames, Policy};
use claudetools_sandbox::{Call, Outcome, Part, Subject};
use insta::assert_snapshot;

use crate::guest::{House, MANIFEST, bare, call, said, with_manifest};

const GRANT: &str = "[[plugin.guest.grant]]\nid = \"whom\"\nwhy = \"for tests\"\nkind = \"client\"\n";
const CLIENTS: &str = r#"
[client.contoso]
tenant  = "11111111-2222-3333-4444-555555555555"
aliases = ["cso"]
[client.fabrikam]
"#;
const ASKS: &str = "[[request]]\nwhy = \"For tests.\"\nkind = \"client\"\n";
const CHOOSE: &str = r#"(import "claudetools:plugin/client@1.0.0" "choose" (func $choose (param i32 i32 i32 i32)))"#;

/// A guest that chooses one after the other and answers with what it is told of the last: facts, or the refusal.
fn choosing(names: &[Option<&str>]) -> Vec<u8> {
    let (mut body, mut data) = (String::new(), String::new());
    for (index, name) in names.iter().enumerate() {
        let (at, text) = (5000 + 100 * index, name.unwrap_or_default());
        let some = i32::from(name.is_some());
        body += &format!(
            "(call $choose (i32.const {some}) (i32.const {at}) (i32.const {}) (i32.const 6000))\n",
            text.len()
        );
        data += &format!("(data (i32.const {at}) \"{text}\")\n");
    }
    body += "(call $answer (i32.load (i32.const 6012)) (i32.load (i32.const 6016)))";
    with_manifest(bare(CHOOSE, &body, &data), &format!("{MANIFEST}{ASKS}"))
}

/// A call in a thread about `bound`, whose channel lets every client be named.
fn about(bound: Option<&str>) -> Call {
    let policy = Policy::parse(&format!("schema = 1\n{CLIENTS}")).unwrap_or_else(|error| panic!("{error}"));
    let channel = ChannelPolicy { clients: ClientNames::All, ..ChannelPolicy::default() };
    Call { clients: policy.clients_of(bound, &channel), ..call("{}") }
}

async fn run(grants: &str, guest: &[u8], call: Call) -> Outcome {
    let house = House::new("", grants);
    let plugin = house.load(guest).await;
    house.sandbox.call(&plugin, call).outcome().await
}

async fn told(grants: &str, names: &[Option<&str>], bound: Option<&str>) -> String {
    let outcome = run(grants, &choosing(names), about(bound)).await;
    match &outcome.result {
        Ok(output) => match &output.parts[..] {
            [Part::Text(text)] => text.clone(),
            parts => format!("{parts:?}"),
        },
        Err(_) => said(&outcome),
    }
}

#[tokio::test]
async fn without_a_grant_a_guest_learns_of_no_client() {
    assert_snapshot!(told("", &[None], Some("contoso")).await, @"The tool `Try` may not learn which client the call is about.");
}

#[tokio::test]
async fn a_guest_cannot_leave_the_client_of_its_thread() {
    assert_snapshot!(told(GRANT, &[Some("fabrikam")], Some("contoso")).await, @"This thread is about the client `contoso`, and not about `fabrikam`.");
    assert_snapshot!(told(GRANT, &[None], None).await, @"It is not said which client this is about: the thread is about none, and none is named.");
    assert_snapshot!(told(GRANT, &[None], Some("contoso")).await, @r#"{"tenant":"11111111-2222-3333-4444-555555555555","aliases":["cso"],"domains":[],"home_countries":[],"trusted_ips":[],"admins":[],"break_glass":[],"allowed_apps":[],"scan_accounts":[]}"#);
}

#[tokio::test]
async fn what_was_chosen_holds_for_the_call() {
    assert_snapshot!(told(GRANT, &[Some("fabrikam"), Some("contoso")], None).await, @"This call is about the client `fabrikam` already; ask for `contoso` in a call of its own.");
    assert_snapshot!(told(GRANT, &[Some("cso"), None], None).await, @r#"{"tenant":"11111111-2222-3333-4444-555555555555","aliases":["cso"],"domains":[],"home_countries":[],"trusted_ips":[],"admins":[],"break_glass":[],"allowed_apps":[],"scan_accounts":[]}"#);
}

#[tokio::test]
async fn the_audit_has_the_client_and_the_grant() {
    let outcome = run(GRANT, &choosing(&[Some("cso"), Some("adatum")]), about(None)).await;
    let rows: Vec<_> = outcome.effects.rows.iter().map(|row| (&row.subject, row.decision.as_ref().ok())).collect();
    let whom = "whom".to_owned();
    assert_eq!(rows[0], (&Subject::Client("`contoso`".to_owned()), Some(&whom)));
    assert_eq!(rows[1], (&Subject::Client("`adatum`".to_owned()), None));
}
