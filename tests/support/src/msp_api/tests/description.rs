//! The description is one, and says what is answered.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{fake, get, login};

fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| references(field, into));
        }
        Value::Array(list) => list.iter().for_each(|one| references(one, into)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
    let fake = fake().await;
    let description = get(&fake, "", "/openapi.json").await.body;
    assert_eq!(description["openapi"], "3.1.0");
    let mut found = BTreeSet::new();
    references(&description, &mut found);
    for reference in &found {
        assert!(description.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    assert!(found.len() > 15, "{found:?}");
    let paths = description["paths"].as_object().unwrap().values();
    let operations: Vec<&Value> = paths.flat_map(|path| path.as_object().unwrap().values()).collect();
    let names: BTreeSet<&str> = operations.iter().map(|one| one["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), operations.len());
    assert!(names.contains("list_clients_api_v1_clients_get"), "{names:?}");
}

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let fake = fake().await;
    let token = login(&fake).await;
    let description = get(&fake, "", "/openapi.json").await.body;
    let mut checked = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        let unread = path.contains("credentials") || path.contains("sync") || path.contains('{');
        let (Some(operation), false) = (operations.get("get"), unread) else {
            continue;
        };
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let document = json!({"allOf": [schema], "components": description["components"]});
        let validator = jsonschema::validator_for(&document).unwrap();
        let answer = get(&fake, &token, path).await;
        let wrong: Vec<String> = validator.iter_errors(&answer.body).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{path}: {wrong:?}");
        assert!(!validator.is_valid(&json!({"detail": "x"})), "{path}: the schema takes everything");
        let names = operation["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
        for name in names.filter(|name| !["skip", "limit", "sort"].contains(name)) {
            let value = if name.starts_with("created") { "2026-01-01T00:00:00Z" } else { "x" };
            assert_eq!(get(&fake, &token, &format!("{path}?{name}={value}")).await.status, 200, "{path} {name}");
        }
        checked += 1;
    }
    assert_eq!(checked, 6);
}
