//! The page about the check says what the code does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::breach::checks::{ROWS, Row};
use crate::breach::input::Depth;
use crate::reach::Plan;

const README: &str = include_str!("../../../README.md");

/// The permission that is the least, and the licence, of what a check needs.
fn needed(row: &Row, reach: &Reach, before: &str, after: &str) -> String {
    let told = row.needs.iter().filter_map(|source| source.may(reach).err()).map(|gap| gap.detail);
    let named: BTreeSet<String> =
        told.filter_map(|detail| Some(detail.strip_prefix(before)?.trim_end_matches(after).to_owned())).collect();
    named.into_iter().collect::<Vec<_>>().join(", ")
}

fn line(row: &Row) -> String {
    let nothing = Reach { graph: Some(Vec::new()), exchange: Some(Vec::new()), ..Reach::default() };
    let unlicensed = Reach { plans: Some(Vec::new()), ..Reach::default() };
    let depth = match row.depth {
        Depth::Quick => "quick",
        Depth::Standard => "standard",
        Depth::Deep => "deep",
    };
    let decisive = if row.decisive { "yes" } else { "" };
    let permissions = needed(row, &nothing, "the app has no ", " in this tenant: consent to it anew");
    let licences = needed(row, &unlicensed, "the tenant has no ", "");
    format!("| {} | {} | {depth} | {decisive} | {permissions} | {licences} |", row.id, row.title)
}

#[test]
fn every_check_has_its_row() {
    let table: Vec<String> = ROWS.iter().map(line).collect();
    assert!(README.contains(&table.join("\n")), "the table should be:\n{}", table.join("\n"));
    assert_eq!(Plan::P1.name(), "Entra ID P1");
}

/// A deep check that asks everything: another's address, apps, folders, a forwarding recipient, the audit log.
fn everything() -> Recorded {
    let search = "/v1.0/security/auditLog/queries";
    let rules = format!("{USER}/mailFolders/inbox/messageRules");
    let grants = format!("{USER}/oauth2PermissionGrants");
    let mut wire = harmless()
        .answering("GET /v1.0/users/info@contoso.example?", 404, &[], "{}")
        .with_list("GET /v1.0/users?$filter=mail", json!([ann()]))
        .without("Get-Mailbox")
        .with_list("Get-Mailbox", json!([{ "ForwardingAddress": "x", "AuditEnabled": true }]))
        .without(&rules)
        .with_list(&rules, json!([{ "id": "r", "displayName": "abc", "actions": { "moveToFolder": "f" } }]))
        .without(&grants)
        .with_list(&grants, json!([{ "id": "g", "clientId": "sp", "scope": "" }]))
        .with(&format!("POST {search}"), json!({ "id": "q1" }))
        .with(&format!("GET {search}/q1"), json!({ "status": "succeeded" }))
        .with_list(&format!("GET {search}/q1/records"), json!([]));
    ran(&mut wire, json!({ "user": "info@contoso.example", "depth": "deep" }), Memory::default(), Reach::default());
    wire
}

/// Method, path and query of what is asked of Graph, those within a batch too.
fn asked(wire: &Recorded) -> Vec<(String, String)> {
    let mut asked = Vec::new();
    for request in wire.asked.iter().filter(|request| request.url.starts_with("https://graph.microsoft.com")) {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let within = body["requests"].as_array().into_iter().flatten();
        asked.extend(
            within.map(|inner| ("GET".to_owned(), format!("/v1.0{}", inner["url"].as_str().unwrap_or_default()))),
        );
        asked.push((request.method.clone(), request.url.trim_start_matches("https://graph.microsoft.com").to_owned()));
    }
    asked
}

/// The rule of a `net` grant that gives a request and no other kind.
fn rule(method: &str, url: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let ids = [ANN, "info%40contoso.example", "q1", "sp", "f"];
    let path: Vec<&str> = path.split('/').map(|part| if ids.contains(&part) { "*" } else { part }).collect();
    let path = path.join("/");
    let mut names: Vec<&str> = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name).collect();
    if method == "GET" && !path.ends_with('*') && !path.ends_with("mailboxSettings") {
        names.push("$skiptoken");
    }
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let query = if names.is_empty() { String::new() } else { format!(", query = [{}]", names.join(", ")) };
    let more = match method {
        "POST" if path.ends_with("$batch") => ", batch = true",
        "POST" => ", reads = true",
        _ => "",
    };
    format!("  {{ host = \"graph.microsoft.com\", method = [\"{method}\"], path = \"{path}\"{query}{more} }},")
}

#[test]
fn every_request_to_graph_has_its_rule() {
    let rules: BTreeSet<String> = asked(&everything()).iter().map(|(method, url)| rule(method, url)).collect();
    let rules: Vec<String> = rules.into_iter().collect();
    assert!(README.contains(&rules.join("\n")), "the rules should be:\n{}", rules.join("\n"));
}

#[test]
fn every_cmdlet_is_named_and_only_reads() {
    let body = |request: &claudetools_kit::http::Request| serde_json::from_slice::<Value>(&request.body).ok();
    let wire = everything();
    let cmdlets = wire
        .asked
        .iter()
        .filter_map(body)
        .filter_map(|body| body.pointer("/CmdletInput/CmdletName")?.as_str().map(str::to_owned));
    let cmdlets: BTreeSet<String> = cmdlets.collect();
    assert!(cmdlets.iter().all(|cmdlet| cmdlet.starts_with("Get-")));
    let list = cmdlets.iter().map(|cmdlet| format!("\"{cmdlet}\"")).collect::<Vec<_>>().join(", ");
    assert!(README.contains(&list), "the cmdlets should be: {list}");
}
