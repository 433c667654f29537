//! Every tool against recorded answers: what it sends, what it says, and that it never sends twice.

use claudetools_graph::{Places, Recorded, Tenant};
use claudetools_kit::http::Trouble;
use serde_json::{Value, json};

use crate::actions::{ALL, of};
use crate::input::Input;
use crate::report;
use crate::run::{Ended, run};

const UPN: &str = "ann@contoso.example";
const MAILBOX: &str = "GET /v1.0/users/ann@contoso.example";

fn user(more: Value) -> Value {
    let mut user =
        json!({ "id": "u-1", "userPrincipalName": UPN, "displayName": "Ann", "onPremisesSyncEnabled": null });
    for (name, value) in more.as_object().unwrap() {
        user[name] = value.clone();
    }
    user
}

fn input(fields: Value) -> Input {
    serde_json::from_value(fields).unwrap()
}

/// The change that was sent, and what the technician reads.
fn carried_out(wire: &mut Recorded, tool: &str, fields: Value) -> (Vec<String>, String) {
    let action = of(tool).unwrap();
    let mut tenant = Tenant::new(wire, Places::default(), "t-1");
    let told = match (action.plan)(&mut tenant, &input(fields)) {
        Ok(plan) => {
            let ended = run(&mut tenant, action.tool, &plan);
            let at = "2026-11-29T10:00:00Z".parse().unwrap();
            report::text(action, &plan, &ended, at, "Europe/Berlin")
        }
        Err(failure) => format!("{failure:?}"),
    };
    (changes(wire), told)
}

/// Whatever is no question: method, path, body.
fn changes(wire: &Recorded) -> Vec<String> {
    let reads = |body: &str| body.contains("\"CmdletName\":\"Get-");
    wire.asked
        .iter()
        .map(|request| (request, String::from_utf8(request.body.clone()).unwrap()))
        .filter(|(request, body)| request.method != "GET" && !reads(body))
        .map(|(request, body)| {
            let path = request.url.split_once("://").unwrap().1.split_once('/').unwrap().1;
            format!("{} /{path} {body}", request.method)
        })
        .collect()
}

/// A wire on which something is so before, and so after.
fn turning(what: &str, before: Value, after: Value) -> Recorded {
    let wire = Recorded::at("2026-11-29T10:00:00Z").with("GET /v1.0/users/ann@contoso.example?", user(json!({})));
    wire.without(what).answering(what, 200, &[], before.to_string()).answering(what, 200, &[], after.to_string())
}

/// Tools that change the user: what is read turns from the one to the other.
fn of_user(more: Value, then: Value) -> Recorded {
    turning("GET /v1.0/users/ann@contoso.example?", user(more), user(then))
}

fn sent(wire: Recorded, write: &str) -> Recorded {
    wire.answering(write, 204, &[], "")
}

#[test]
fn every_tool_of_the_manifest_is_there_and_no_other() {
    let manifest = include_str!("../manifest.toml");
    let named: Vec<&str> =
        manifest.split("[[tool]]\nname = \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut built: Vec<&str> = ALL.iter().copied().flatten().map(|action| action.tool).collect();
    let (mut named, count) = (named, built.len());
    named.sort_unstable();
    built.sort_unstable();
    assert_eq!((named, count), (built, 17));
}

#[test]
fn each_tool_sends_one_request_and_reads_it_back() {
    let rule = json!({ "id": "r-1", "displayName": ".", "isEnabled": true });
    let off = json!({ "id": "r-1", "displayName": ".", "isEnabled": false });
    let hidden = |enabled: bool| json!({ "value": [{ "Identity": "ann\\77", "Name": "", "Enabled": enabled }] });
    let mailbox =
        |to: Value| json!({ "value": [{ "ForwardingSmtpAddress": to, "DeliverToMailboxAndForward": false }] });
    let method = json!({ "value": [{ "id": "m-1", "@odata.type": "#microsoft.graph.phoneAuthenticationMethod", "phoneNumber": "+49 151 234567" }] });
    let none = || json!({ "value": [] });
    let app = |on: bool| json!({ "id": "a-1", "displayName": "eM Client", "accountEnabled": on, "appOwnerOrganizationId": "x" });
    let reply =
        |status: &str| json!({ "automaticRepliesSetting": { "status": status, "externalReplyMessage": "Pay here" } });
    let risk = |state: &str| json!({ "id": "u-1", "riskState": state, "riskLevel": "high" });
    let rights = || json!({ "value": [{ "User": "bob@contoso.example", "AccessRights": ["FullAccess"] }] });
    let sends = || json!({ "value": [{ "Trustee": "bob@contoso.example", "AccessRights": ["SendAs"] }] });
    let user_only = json!({ "user": UPN });
    let with = |id: &str| json!({ "user": UPN, "id": id });
    let delegate = |access: &str| json!({ "user": UPN, "trustee": "Bob@contoso.example", "access": access });
    let gone = |what: &str, before: Value| {
        let wire = Recorded::at("2026-11-29T10:00:00Z").with("GET /v1.0/users/ann@contoso.example?", user(json!({})));
        wire.answering(what, 200, &[], before.to_string()).answering(what, 404, &[], "{}")
    };
    let rules = "GET /v1.0/users/ann@contoso.example/mailFolders/inbox/messageRules/r-1";
    let rows: Vec<(&str, Value, Recorded)> = vec![
        (
            "revoke_sessions",
            user_only.clone(),
            of_user(
                json!({ "signInSessionsValidFromDateTime": "2026-11-01T00:00:00Z" }),
                json!({ "signInSessionsValidFromDateTime": "2026-11-29T10:00:00Z" }),
            ),
        ),
        (
            "disable_user",
            user_only.clone(),
            of_user(json!({ "accountEnabled": true }), json!({ "accountEnabled": false })),
        ),
        (
            "enable_user",
            user_only.clone(),
            of_user(json!({ "accountEnabled": false }), json!({ "accountEnabled": true })),
        ),
        (
            "reset_password",
            user_only.clone(),
            of_user(
                json!({ "lastPasswordChangeDateTime": "2026-11-01T00:00:00Z" }),
                json!({ "lastPasswordChangeDateTime": "2026-11-29T10:00:00Z" }),
            ),
        ),
        (
            "disable_autoreply",
            user_only.clone(),
            turning("GET /v1.0/users/ann@contoso.example/mailboxSettings", reply("alwaysEnabled"), reply("disabled")),
        ),
        ("disable_inbox_rule", with("r-1"), turning(rules, rule.clone(), off)),
        ("remove_inbox_rule", with("r-1"), gone(rules, rule)),
        (
            "disable_inbox_rule",
            json!({ "user": UPN, "id": "77", "hidden": true }),
            turning("Get-InboxRule", hidden(true), hidden(false)),
        ),
        (
            "remove_inbox_rule",
            json!({ "user": UPN, "id": "77", "hidden": true }),
            turning("Get-InboxRule", hidden(true), none()),
        ),
        (
            "clear_forwarding",
            user_only.clone(),
            turning("Get-Mailbox", mailbox(json!("smtp:x@evil.example")), mailbox(Value::Null)),
        ),
        ("remove_delegate", delegate("full_access"), turning("Get-MailboxPermission", rights(), none())),
        ("remove_delegate", delegate("send_as"), turning("Get-RecipientPermission", sends(), none())),
        (
            "remove_oauth_grant",
            json!({ "id": "g-1" }),
            gone("GET /v1.0/oauth2PermissionGrants/g-1", json!({ "id": "g-1", "scope": "Mail.Read offline_access" })),
        ),
        (
            "remove_app_role_assignment",
            with("s-1"),
            gone("GET /v1.0/users/ann@contoso.example/appRoleAssignments/s-1", json!({ "id": "s-1" })),
        ),
        (
            "disable_service_principal",
            json!({ "id": "a-1" }),
            turning("GET /v1.0/servicePrincipals/a-1", app(true), app(false)),
        ),
        (
            "disable_device",
            json!({ "id": "d-1" }),
            turning(
                "GET /v1.0/devices/d-1",
                json!({ "id": "d-1", "accountEnabled": true }),
                json!({ "id": "d-1", "accountEnabled": false }),
            ),
        ),
        (
            "remove_mfa_method",
            with("m-1"),
            turning("GET /v1.0/users/ann@contoso.example/authentication/methods", method, none()),
        ),
        (
            "confirm_compromised",
            user_only.clone(),
            turning("GET /v1.0/identityProtection/riskyUsers/u-1", risk("atRisk"), risk("confirmedCompromised")),
        ),
        (
            "dismiss_risk",
            user_only,
            turning("GET /v1.0/identityProtection/riskyUsers/u-1", risk("atRisk"), risk("dismissed")),
        ),
        (
            "unblock_sender",
            json!({ "address": UPN }),
            turning("Get-BlockedSenderAddress", json!({ "value": [{ "SenderAddress": UPN }] }), none()),
        ),
    ];
    let mut told = Vec::new();
    for (tool, fields, wire) in rows {
        let mut wire = ["POST /v1.0", "PATCH /v1.0", "DELETE /v1.0"].into_iter().fold(wire, sent);
        for cmdlet in ["Set-Mailbox", "Disable-InboxRule", "Remove-"] {
            wire = wire.with(cmdlet, json!({ "value": [] }));
        }
        let (changes, text) = carried_out(&mut wire, tool, fields);
        assert_eq!(changes.len(), 1, "{tool}: {changes:?}\n{text}");
        assert!(text.starts_with("**Done:** "), "{tool}: {text}");
        told.push(format!("{tool}: {}", changes[0]));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    revoke_sessions: POST /v1.0/users/ann%40contoso.example/revokeSignInSessions 
    disable_user: PATCH /v1.0/users/ann%40contoso.example {"accountEnabled":false}
    enable_user: PATCH /v1.0/users/ann%40contoso.example {"accountEnabled":true}
    reset_password: PATCH /v1.0/users/ann%40contoso.example {"passwordProfile":{"forceChangePasswordNextSignIn":true,"password":"made by claudetools after your yes, shown to you alone"}}
    disable_autoreply: PATCH /v1.0/users/ann%40contoso.example/mailboxSettings {"automaticRepliesSetting":{"status":"disabled"}}
    disable_inbox_rule: PATCH /v1.0/users/ann%40contoso.example/mailFolders/inbox/messageRules/r-1 {"isEnabled":false}
    remove_inbox_rule: DELETE /v1.0/users/ann%40contoso.example/mailFolders/inbox/messageRules/r-1 
    disable_inbox_rule: POST /adminapi/beta/t-1/InvokeCommand {"CmdletInput":{"CmdletName":"Disable-InboxRule","Parameters":{"Force":true,"Identity":"77","Mailbox":"ann@contoso.example"}}}
    remove_inbox_rule: POST /adminapi/beta/t-1/InvokeCommand {"CmdletInput":{"CmdletName":"Remove-InboxRule","Parameters":{"Force":true,"Identity":"77","Mailbox":"ann@contoso.example"}}}
    clear_forwarding: POST /adminapi/beta/t-1/InvokeCommand {"CmdletInput":{"CmdletName":"Set-Mailbox","Parameters":{"DeliverToMailboxAndForward":false,"ForwardingAddress":null,"ForwardingSmtpAddress":null,"Identity":"ann@contoso.example"}}}
    remove_delegate: POST /adminapi/beta/t-1/InvokeCommand {"CmdletInput":{"CmdletName":"Remove-MailboxPermission","Parameters":{"AccessRights":["FullAccess"],"Confirm":false,"Identity":"ann@contoso.example","User":"Bob@contoso.example"}}}
    remove_delegate: POST /adminapi/beta/t-1/InvokeCommand {"CmdletInput":{"CmdletName":"Remove-RecipientPermission","Parameters":{"AccessRights":["SendAs"],"Confirm":false,"Identity":"ann@contoso.example","Trustee":"Bob@contoso.example"}}}
    remove_oauth_grant: DELETE /v1.0/oauth2PermissionGrants/g-1 
    remove_app_role_assignment: DELETE /v1.0/users/ann%40contoso.example/appRoleAssignments/s-1 
    disable_service_principal: PATCH /v1.0/servicePrincipals/a-1 {"accountEnabled":false}
    disable_device: PATCH /v1.0/devices/d-1 {"accountEnabled":false}
    remove_mfa_method: DELETE /v1.0/users/ann%40contoso.example/authentication/phoneMethods/m-1 
    confirm_compromised: POST /v1.0/identityProtection/riskyUsers/confirmCompromised {"userIds":["u-1"]}
    dismiss_risk: POST /v1.0/identityProtection/riskyUsers/dismiss {"userIds":["u-1"]}
    unblock_sender: POST /adminapi/beta/t-1/InvokeCommand {"CmdletInput":{"CmdletName":"Remove-BlockedSenderAddress","Parameters":{"SenderAddress":"ann@contoso.example"}}}
    "#);
}

#[test]
fn what_is_so_already_is_not_sent() {
    let mut wire = of_user(json!({ "accountEnabled": false }), json!({ "accountEnabled": false }));
    let (changes, text) = carried_out(&mut wire, "disable_user", json!({ "user": UPN }));
    assert_eq!(changes, Vec::<String>::new());
    insta::assert_snapshot!(text, @r"
    **Nothing to do** to disable the account: `ann@contoso.example` is so already. Nothing was sent.
    Before: accountEnabled = `false`
    At 2026-11-29 11:00 CET (10:00 UTC)
    ");
}

#[test]
fn an_answer_that_is_lost_is_read_back_and_never_repeated() {
    let lost = |before: Value, after: Value| of_user(before, after).playing("PATCH /v1.0/users", Err(Trouble::Broken));
    let (on, off) = (json!({ "accountEnabled": true }), json!({ "accountEnabled": false }));
    let mut happened = lost(on.clone(), off);
    let (changes, text) = carried_out(&mut happened, "disable_user", json!({ "user": UPN }));
    assert!(changes.len() == 1 && text.starts_with("**Done:** "), "{text}");
    let mut not = lost(on.clone(), on.clone());
    let (changes, text) = carried_out(&mut not, "disable_user", json!({ "user": UPN }));
    assert_eq!(changes.len(), 1);
    insta::assert_snapshot!(text, @r"
    **Not done:** to disable the account: `ann@contoso.example`: the answer was lost (the answer broke off), and what was read back shows no change. It was not sent again; look again in a few minutes.
    Before: accountEnabled = `true`
    Read back: accountEnabled = `true`
    At 2026-11-29 11:00 CET (10:00 UTC)
    ");
    let mut blind = Recorded::at("2026-11-29T10:00:00Z")
        .answering("GET /v1.0/users", 200, &[], user(on).to_string())
        .answering("GET /v1.0/users", 500, &[], "{}")
        .answering("PATCH /v1.0/users", 503, &[], "");
    let (changes, text) = carried_out(&mut blind, "disable_user", json!({ "user": UPN }));
    assert_eq!(changes.len(), 1);
    insta::assert_snapshot!(text, @r"
    **Unknown:** to disable the account: `ann@contoso.example`: it was sent, and nobody can say whether it happened (500 (empty)). It was not sent again; look before anything is repeated.
    Before: accountEnabled = `true`
    At 2026-11-29 11:00 CET (10:00 UTC)
    To take it back: `enable_user` with the same user
    ");
}

#[test]
fn what_microsoft_refuses_is_said_and_nothing_is_claimed() {
    let body = json!({ "error": { "code": "Authorization_RequestDenied", "message": "Insufficient privileges." } });
    let mut wire = of_user(json!({ "accountEnabled": true }), json!({ "accountEnabled": true })).answering(
        "PATCH /v1.0/users",
        403,
        &[],
        body.to_string(),
    );
    let (changes, text) = carried_out(&mut wire, "disable_user", json!({ "user": UPN }));
    assert_eq!(changes.len(), 1);
    insta::assert_snapshot!(text, @r"
    **Refused by Microsoft:** to disable the account: `ann@contoso.example`: 403 `Insufficient privileges.`. Nothing was changed.
    Before: accountEnabled = `true`
    At 2026-11-29 11:00 CET (10:00 UTC)
    ");
}

#[test]
fn what_must_not_be_changed_is_refused_before_anything_is_sent() {
    let synced =
        || Recorded::at("2026-11-29T10:00:00Z").with("GET /v1.0/users", user(json!({ "onPremisesSyncEnabled": true })));
    let password = json!({ "value": [{ "id": "p", "@odata.type": "#microsoft.graph.passwordAuthenticationMethod" }] });
    let own = json!({ "id": "a", "displayName": "Office", "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a", "accountEnabled": true });
    let cases = [
        ("reset_password", json!({ "user": UPN }), synced()),
        (
            "remove_mfa_method",
            json!({ "user": UPN, "id": "p" }),
            synced().with(&format!("{MAILBOX}/authentication"), password.clone()),
        ),
        (
            "remove_mfa_method",
            json!({ "user": UPN, "id": "q" }),
            synced().with(&format!("{MAILBOX}/authentication"), password),
        ),
        (
            "disable_service_principal",
            json!({ "id": "a" }),
            Recorded::at("2026-11-29T10:00:00Z").with("GET /v1.0/servicePrincipals", own),
        ),
        (
            "disable_user",
            json!({ "user": "nobody@contoso.example" }),
            Recorded::at("2026-11-29T10:00:00Z").answering("GET", 404, &[], "{}"),
        ),
        ("disable_user", json!({ "user": " " }), Recorded::at("2026-11-29T10:00:00Z")),
        ("remove_oauth_grant", json!({ "id": "a\nb" }), Recorded::at("2026-11-29T10:00:00Z")),
    ];
    let mut told = Vec::new();
    for (tool, fields, mut wire) in cases {
        let (changes, text) = carried_out(&mut wire, tool, fields);
        assert_eq!(changes, Vec::<String>::new(), "{tool}");
        told.push(text);
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    Failure::Invalid("`ann@contoso.example` is synchronised from a directory on premises, and an app may not reset such a password: reset it there. Nothing was changed")
    Failure::Invalid("`#microsoft.graph.passwordAuthenticationMethod` is a sign-in method that is not removed here. Nothing was changed")
    Failure::Invalid("`ann@contoso.example` has no sign-in method `q`; breach_check lists them. Nothing was changed")
    Failure::Invalid("`Office` is an app of Microsoft's own, which is never switched off here. Nothing was changed")
    Failure::Invalid("The user `nobody@contoso.example` is not there: 404 (empty). Nothing was changed")
    Failure::Invalid("`user` is needed, on one line of at most 400 characters")
    Failure::Invalid("`id` is needed, on one line of at most 400 characters")
    "#);
}

#[test]
fn a_yes_to_a_state_that_is_gone_fits_no_request() {
    let request = |more: Value| {
        let mut wire = of_user(more.clone(), json!({ "accountEnabled": false })).answering("PATCH", 204, &[], "");
        carried_out(&mut wire, "disable_user", json!({ "user": UPN }));
        let patch = wire.asked.iter().find(|request| request.method == "PATCH").unwrap();
        patch.headers.iter().find(|(name, _)| name == "client-request-id").unwrap().1.clone()
    };
    let state = json!({ "accountEnabled": true });
    assert_eq!(request(state.clone()), request(state));
    assert_ne!(request(json!({ "accountEnabled": true })), request(json!({ "accountEnabled": null })));
}

#[test]
fn the_record_holds_what_was_there_whole() {
    let mut wire = turning(
        "GET /v1.0/users/ann@contoso.example/mailFolders/inbox/messageRules/r-1",
        json!({ "id": "r-1", "displayName": ".", "isEnabled": true, "actions": { "delete": true } }),
        json!({ "id": "r-1", "displayName": ".", "isEnabled": false }),
    )
    .answering("PATCH", 204, &[], "");
    let action = of("disable_inbox_rule").unwrap();
    let mut tenant = Tenant::new(&mut wire, Places::default(), "t-1");
    let plan = (action.plan)(&mut tenant, &input(json!({ "user": UPN, "id": "r-1" }))).unwrap();
    let ended = run(&mut tenant, action.tool, &plan);
    assert!(matches!(ended, Ended::Done(_)), "{ended:?}");
    let record = report::record(action, &plan, &ended, "2026-11-29T10:00:00Z".parse().unwrap(), "t-1");
    insta::assert_snapshot!(format!("{record:#}"), @r#"
    {
      "action": "disable_inbox_rule",
      "after": {
        "displayName": ".",
        "id": "r-1",
        "isEnabled": false
      },
      "at": "2026-11-29T10:00:00Z",
      "before": {
        "actions": {
          "delete": true
        },
        "displayName": ".",
        "id": "r-1",
        "isEnabled": true
      },
      "ended": "done",
      "schema": "remediation/1",
      "target": "`ann@contoso.example` · the rule `.`",
      "tenant": "t-1",
      "undo": "enable the rule again; the whole rule is in the record of this change"
    }
    "#);
}
