//! What has to be typed, and where nothing can be.

use crate::{Body, Code, Confirm, NetEffect, Target, Typed};

fn phrase(typed: Typed, url: &str, body: &str) -> Result<Option<String>, Code> {
    let (target, body) = (Target::from_url("PATCH", url).unwrap(), Body::read(body.into()));
    let request = NetEffect { target: &target, body: Some(&body) };
    let confirm = Confirm { typed, ..Confirm::default() };
    confirm.phrase("reset", Some(&request)).map_err(|refusal| refusal.code)
}

#[test]
fn what_cannot_be_typed_cannot_be_confirmed() {
    let url = "https://api.example.com/v1.0/users/ann";
    let none = Err(Code::ConfirmUnshowable);
    assert_eq!(phrase(Typed::Path(4), url, ""), none);
    assert_eq!(phrase(Typed::Path(3), "https://api.example.com/v1.0/users/a%E2%80%AEb", ""), none);
    assert_eq!(phrase(Typed::Path(3), "https://api.example.com/v1.0/users/%20ann", ""), none);
    let body = Typed::Body("/Identity".to_owned());
    for json in [
        "",
        "{}",
        "[]",
        r#"{"Identity":1}"#,
        r#"{"Identity":""}"#,
        r#"{"Identity":"a\n"}"#,
        "{\"Identity\":\"a\u{200b}\"}",
    ] {
        assert_eq!(phrase(body.clone(), url, json), none, "{json}");
    }
    let long = format!(r#"{{"Identity":"{}"}}"#, "a".repeat(201));
    assert_eq!(phrase(body, url, &long), none);
    let alone = Confirm { typed: Typed::Path(1), ..Confirm::default() };
    assert_eq!(alone.phrase("reset", None).unwrap_err().code, Code::ConfirmUnshowable);
}

#[test]
fn the_exact_target_is_typed() {
    let typed = |typed, url, body| phrase(typed, url, body).unwrap().unwrap_or_default();
    let url = "https://api.example.com/v1.0/users/ann%40contoso.example";
    assert_eq!(typed(Typed::Path(3), url, ""), "ann@contoso.example");
    assert_eq!(typed(Typed::Body("/a/Identity".to_owned()), url, r#"{"a":{"Identity":"Ann's box"}}"#), "Ann's box");
    assert_eq!(typed(Typed::Tool, url, ""), "reset");
    assert_eq!(typed(Typed::Nothing, url, ""), "");
}
