//! What is read in one way only, and what is found in it.

use super::*;

fn json(text: &str) -> Option<String> {
    let body = Body::read(text.into());
    assert!(body.json.is_some() || body.bytes == text.as_bytes(), "{text}");
    body.json.map(|_| String::from_utf8(body.bytes).unwrap())
}

#[test]
fn what_some_read_otherwise_is_not_decided_on() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"Name":1,"name":2}"#,
        r#"{"sort":1,"ſort":2}"#,
        r#"{"x":[{"y":{"a":1,"A":2}}]}"#,
        r#"{"a":123456789012345678901234}"#,
        r#"{"a":1e400}"#,
        r#"{"a":NaN}"#,
        r#"{"a":1,}"#,
        r#"{"a":1} {"a":2}"#,
        r#"{"a":1}/**/"#,
        "\u{feff}{}",
        "",
        "a=1",
        &("[".repeat(10_000) + &"]".repeat(10_000)),
    ] {
        assert_eq!(json(text), None, "{text:.40}");
    }
    assert_eq!(Body::read(b"{\"a\":\"\xff\"}".to_vec()).json, None);
}

#[test]
fn what_everybody_reads_alike_is_written_by_the_host() {
    assert_eq!(
        json(" {\"b\" : [1, -2, 0.5, true, null],\n\"\\u0061\":{}} ").unwrap(),
        r#"{"b":[1,-2,0.5,true,null],"a":{}}"#
    );
    assert_eq!(json(r#"{"a":{"x":1},"b":{"x":2}}"#).unwrap(), r#"{"a":{"x":1},"b":{"x":2}}"#);
    assert_eq!(json("[]").unwrap(), "[]");
}

#[test]
fn a_text_is_exactly_one_of_those_that_may_stand_there() {
    let wanted = BTreeMap::from([("/CmdletInput/CmdletName".to_owned(), crate::fixture::names(&["Get-Mailbox"]))]);
    let holds = |text: &str| Body::read(text.into()).holds(&wanted);
    for text in [
        "{}",
        r#"{"CmdletInput":"Get-Mailbox"}"#,
        r#"{"CmdletInput":{"CmdletName":"get-mailbox"}}"#,
        r#"{"CmdletInput":{"CmdletName":"Get-Mailbox "}}"#,
        r#"{"CmdletInput":{"CmdletName":"Get-MailboxPermission"}}"#,
        r#"{"CmdletInput":{"CmdletName":"Get-Mailbox; Remove-Mailbox"}}"#,
        r#"{"CmdletInput":{"CmdletName":["Get-Mailbox"]}}"#,
        r#"{"cmdletInput":{"CmdletName":"Get-Mailbox"}}"#,
        r#"[{"CmdletInput":{"CmdletName":"Get-Mailbox"}}]"#,
        r#"{"CmdletInput":{"CmdletName":"Get-Mailbox","cmdletname":"Remove-Mailbox"}}"#,
        r#"{"CmdletInput":{"CmdletName":"Get-Mailbox"},"CMDLETINPUT":{"CmdletName":"Remove-Mailbox"}}"#,
    ] {
        assert!(!holds(text), "{text}");
    }
    assert!(holds(r#"{"CmdletInput":{"CmdletName":"Get-Mailbox","Parameters":{"Identity":"a"}}}"#));
}

#[test]
fn what_a_careless_server_would_find_is_seen() {
    let body = Body::read(r#"{"PasswordProfile":{"Password":"x"},"a~b":{"c/d":1}}"#.into());
    assert!(body.may_have("/passwordProfile/password") && body.may_have("/a~0b/c~1d"));
    assert!(!body.may_have("/passwordProfile/other") && !body.may_have("/passwordProfile/password/x"));
}

#[test]
fn pointers_lead_to_members_of_objects() {
    for text in ["", "a", "/", "/a/", "/a//b", "/a/0", "/0", "/a~2", "/a~"] {
        assert!(!is_pointer(text), "{text}");
    }
    assert!(is_pointer("/a") && is_pointer("/a/b c/x~0~1") && is_pointer("/a/b1"));
}

#[test]
fn another_text_goes_where_a_text_is() {
    let body = Body::read(r#"{"a":{"b":"x"},"c":1}"#.into());
    assert_eq!(body.with("/a/b", "y\"").bytes(), br#"{"a":{"b":"y\""},"c":1}"#);
    assert_eq!(body.with("/a/z", "y"), body);
}
