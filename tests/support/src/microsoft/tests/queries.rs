//! Options of a query: what they do, and that nothing else is taken for one.

use serde_json::{Value, json};

use super::{fake, get, pages, reader};
use crate::microsoft::Scenario;

fn names(list: &[Value]) -> Vec<&str> {
    list.iter().map(|one| one["displayName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn only_what_is_selected_comes_back() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    let path = format!("/v1.0/users/{}", Scenario::Clean.upn("victim"));
    let one = get(&fake, &token, &format!("{path}?$select=displayName,accountEnabled")).await;
    let keys: Vec<&String> = one.body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["displayName", "accountEnabled", "@odata.context"]);
    let unasked = get(&fake, &token, &path).await;
    assert!(unasked.body.get("accountEnabled").is_none() && unasked.body.get("mail").is_some());
}

#[tokio::test]
async fn filters_order_and_top_do_what_they_say() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    for (query, found) in [
        ("$filter=startswith(displayName,'C')&$select=displayName", vec!["Carla Kent"]),
        ("$filter=accountEnabled eq false&$select=displayName", vec!["Info"]),
        ("$filter=userPrincipalName eq 'VICTIM@clean.contoso.example'&$select=displayName", vec!["Vera Victor"]),
        ("$filter=userType eq 'Guest' or givenName eq 'Hans'&$select=displayName", vec!["Hans Helper", "Pat Partner"]),
        (
            "$filter=(userType eq 'Guest' or givenName eq 'Hans') and accountEnabled eq true&$select=displayName",
            vec!["Hans Helper", "Pat Partner"],
        ),
        ("$filter=jobTitle eq null and startswith(mail,'cfo')&$select=displayName", vec!["Carla Kent"]),
        ("$orderby=displayName desc&$top=2&$select=displayName", vec!["Vera Victor", "Pat Partner"]),
        ("$filter=displayName eq 'O''Hara'&$select=displayName", vec![]),
    ] {
        let answer = get(&fake, &token, &format!("/v1.0/users?{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(names(answer.list()), found, "{query}");
    }
}

#[tokio::test]
async fn what_is_not_understood_is_an_error_and_a_problem() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    for (path, problem) in [
        ("users?$filter=displayName like 'x'", "`like` is no operator"),
        ("users?$filter=displayName eq", "a literal was expected"),
        ("users?$filter=displayName eq 'x", "a text in the filter has no end"),
        ("users?$filter=(displayName eq 'x'", "`)` was expected"),
        ("users?$filter=nosuch eq 'x'", "Could not find a property named 'nosuch'"),
        ("users?$filter=length(displayName) eq 3", "an operator was expected"),
        ("users?$select=displayName,nosuch", "Could not find a property named 'nosuch'"),
        ("users?$orderby=displayName sideways", "is not understood"),
        ("users?$top=1000", "is not between 1 and 999"),
        ("users?$top=0", "is not between 1 and 999"),
        ("users?$search=x", "the query option `$search` is not known"),
        ("users?select=id", "the query option `select` is not known"),
        ("users?$skiptoken=x", "is of no page that was promised"),
        ("users?$count=true", "it needs ConsistencyLevel: eventual"),
        ("users?$filter=userType ne 'Guest'", "it needs ConsistencyLevel: eventual"),
        ("roleManagement/directory/roleAssignments?$expand=nosuch", "`$expand=nosuch` is not understood"),
        (
            "admin/exchange/tracing/messageTraces?$filter=receivedDateTime ge 2026-11-01T00:00:00Z and receivedDateTime le 2026-11-12T00:00:00Z",
            "a message trace is of ten days at most",
        ),
    ] {
        let answer = get(&fake, &token, &format!("/v1.0/{path}")).await;
        let found = fake.forgive().join("\n");
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        assert!(found.contains(problem), "{problem:?} is not in {found:?}");
    }
}

#[tokio::test]
async fn pages_follow_until_there_is_no_more() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    let found = pages(&fake, &token, "/v1.0/users?$select=id&$top=3").await;
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    let mut ids: Vec<Value> = found.concat();
    ids.dedup();
    assert_eq!(ids.len(), 7);
}

#[tokio::test]
async fn a_link_to_a_page_is_followed_as_it_was_given() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    let first = get(&fake, &token, "/v1.0/users?$select=id&$top=3").await;
    let link = first.body["@odata.nextLink"].as_str().unwrap();
    let other = link.replace("$select=id", "$select=mail");
    assert_eq!(get(&fake, &token, &other).await.status, 400);
    assert_eq!(fake.forgive().len(), 1);
    assert_eq!(get(&fake, &token, link).await.status, 200);
}

#[tokio::test]
async fn the_paged_tenant_shows_one_object_twice() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Paged).await;
    let found = pages(&fake, &token, "/v1.0/users?$select=id").await;
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].last(), found[1].first());
    assert_eq!(found.concat().len(), 15 + 2);
}

#[tokio::test]
async fn v1_has_the_interactive_sign_ins_and_none_of_betas_properties() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Bec).await;
    let query = format!("auditLogs/signIns?$filter=userId eq '{}'", Scenario::Bec.user("victim"));
    let stable = get(&fake, &token, &format!("/v1.0/{query}")).await;
    assert!(stable.list().iter().all(|one| one["isInteractive"] == true && one.get("sessionId").is_none()));
    let beta = get(&fake, &token, &format!("/beta/{query}")).await;
    assert_eq!(beta.list().len(), stable.list().len());
    let stolen: Vec<&Value> = beta.list().iter().filter(|one| one["userAgent"] == "axios/1.7.7").collect();
    let session = &stolen[0]["sessionId"];
    let countries: Vec<&Value> = beta
        .list()
        .iter()
        .filter(|one| &one["sessionId"] == session)
        .map(|one| &one["location"]["countryOrRegion"])
        .collect();
    assert_eq!(countries, [&json!("DE"), &json!("NG")]);
}

#[tokio::test]
async fn an_assignment_shows_whom_it_is_for() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Bec).await;
    let answer = get(&fake, &token, "/v1.0/roleManagement/directory/roleAssignments?$expand=principal").await;
    let mut names =
        answer.list().iter().map(|one| one["principal"]["displayName"].as_str().unwrap()).collect::<Vec<_>>();
    names.sort_unstable();
    assert_eq!(names, ["Ada Admin", "Break Glass", "Carla Kemt"]);
}
