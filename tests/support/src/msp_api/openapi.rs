//! The description, as FastAPI writes it: OpenAPI 3.1 with tags, operation ids and a bearer's scheme.

use serde_json::{Map, Value, json};

use super::resources::{Kind, LIST, MOST, RESOURCES, Resource, USUAL};

/// The whole description.
pub(super) fn description() -> Value {
    let mut paths = Map::new();
    let mut schemas = errors();
    for (path, summary, body) in [("token", "Login", "LoginRequest"), ("refresh", "Refresh Token", "RefreshRequest")] {
        let responses = responses(&reference("TokenResponse"));
        let operation = operation("auth", summary, "post", &format!("auth/{path}"), responses, Some(body));
        paths.insert(format!("/api/v1/auth/{path}"), json!({"post": operation}));
    }
    for resource in RESOURCES {
        of_resource(resource, &mut paths, &mut schemas);
    }
    let note = secured(operation(
        "tickets",
        "Add Note",
        "post",
        "tickets/{ticket_id}/notes",
        responses(&reference("NoteRead")),
        Some("NoteCreate"),
    ));
    paths.insert("/api/v1/tickets/{ticket_id}/notes".to_owned(), json!({"post": with_id(note, "ticket_id")}));
    // A GET that is none: its name says so.
    let sync = operation("machines", "Trigger Sync", "get", "machines/sync/run", responses(&json!({})), None);
    paths.insert("/api/v1/machines/sync/run".to_owned(), json!({"get": secured(sync)}));
    json!({
        "openapi": "3.1.0", "info": {"title": "MSP Tools", "version": "1.0.0"},
        "servers": [{"url": "https://elsewhere.example"}], "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"HTTPBearer": {"type": "http", "scheme": "bearer"}}},
    })
}

fn of_resource(resource: &Resource, paths: &mut Map<String, Value>, schemas: &mut Map<String, Value>) {
    let (name, one, schema) = (resource.name, resource.one(), resource.schema);
    let read = reference(&format!("{schema}Read"));
    let all: Vec<&str> = resource.fields.iter().map(|(field, _)| *field).collect();
    schemas.insert(format!("{schema}Read"), object(resource, &format!("{schema}Read"), &all, true));
    let listed = match resource.bare {
        true => json!({"type": "array", "items": read, "title": format!("Response List {schema}s")}),
        false => {
            schemas.insert(format!("{schema}List"), page(schema, &read));
            reference(&format!("{schema}List"))
        }
    };
    let title = |verb: &str, what: &str| format!("{verb} {}", capital(what));
    let mut list = operation(name, &title("List", name), "get", name, responses(&listed), None);
    list["parameters"] = parameters(resource);
    let mut collection = json!({"get": secured(list)});
    let item = format!("{name}/{{{one}_id}}");
    let id = format!("{one}_id");
    let get = operation(name, &title("Get", one), "get", &item, responses(&read), None);
    let mut single = json!({"get": with_id(secured(get), &id)});
    if !resource.new.is_empty() {
        let body = format!("{schema}Create");
        schemas.insert(body.clone(), object(resource, &body, resource.new, true));
        collection["post"] =
            secured(operation(name, &title("Create", one), "post", name, responses(&read), Some(&body)));
    }
    if !resource.change.is_empty() {
        let body = format!("{schema}Update");
        schemas.insert(body.clone(), object(resource, &body, resource.change, false));
        let change = operation(name, &title("Update", one), "patch", &item, responses(&read), Some(&body));
        single["patch"] = with_id(secured(change), &id);
    }
    paths.insert(format!("/api/v1/{name}"), collection);
    paths.insert(format!("/api/v1/{item}"), single);
}

fn operation(tag: &str, summary: &str, method: &str, path: &str, responses: Value, body: Option<&str>) -> Value {
    let words = summary.to_lowercase().replace(' ', "_");
    let place = path.replace(['/', '{', '}'], "_").replace("__", "_");
    let mut value = json!({
        "tags": [tag], "summary": summary, "operationId": format!("{words}_api_v1_{place}_{method}").replace("__", "_"),
        "responses": responses,
    });
    if let Some(body) = body {
        value["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": reference(body)}}});
    }
    value
}

fn secured(mut operation: Value) -> Value {
    operation["security"] = json!([{"HTTPBearer": []}]);
    operation
}

fn with_id(mut operation: Value, name: &str) -> Value {
    let title = capital(&name.replace('_', " "));
    operation["parameters"] = json!([
        {"name": name, "in": "path", "required": true, "schema": {"type": "string", "title": title}},
    ]);
    operation
}

fn responses(schema: &Value) -> Value {
    let error = reference("HTTPValidationError");
    json!({
        "200": {"description": "Successful Response", "content": {"application/json": {"schema": schema}}},
        "422": {"description": "Validation Error", "content": {"application/json": {"schema": error}}},
    })
}

fn parameters(resource: &Resource) -> Value {
    let own = resource.filters.iter().map(|name| (*name, resource.field(name).unwrap_or(Kind::Text)));
    let common = LIST.iter().map(|name| (*name, if name.starts_with("created") { Kind::Time } else { Kind::Text }));
    let one = |(name, kind): (&str, Kind)| {
        let title = capital(&name.replace('_', " "));
        let schema = match name {
            "skip" => json!({"type": "integer", "minimum": 0, "default": 0, "title": title}),
            "limit" => json!({"type": "integer", "maximum": MOST, "minimum": 1, "default": USUAL, "title": title}),
            _ => json!({"anyOf": [shape(kind), {"type": "null"}], "title": title}),
        };
        json!({"name": name, "in": "query", "required": false, "schema": schema})
    };
    common.chain(own).map(one).collect()
}

fn object(resource: &Resource, title: &str, names: &[&str], required: bool) -> Value {
    let mut properties = Map::new();
    let mut needed = Vec::new();
    for name in names {
        let kind = resource.field(name).unwrap_or(Kind::Text);
        let mut schema = if required { shape(kind) } else { json!({"anyOf": [shape(kind), {"type": "null"}]}) };
        schema["title"] = json!(capital(&name.replace('_', " ")));
        properties.insert((*name).to_owned(), schema);
        if required && kind != Kind::Maybe {
            needed.push(*name);
        }
    }
    json!({"type": "object", "title": title, "properties": properties, "required": needed})
}

/// What a value of a kind looks like.
fn shape(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Maybe => json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        Kind::Number => json!({"type": "integer"}),
        Kind::Hours => json!({"type": "number"}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Time => json!({"type": "string", "format": "date-time"}),
        Kind::One(list) => json!({"type": "string", "enum": list}),
    }
}

fn page(schema: &str, read: &Value) -> Value {
    let number = |title: &str| json!({"type": "integer", "title": title});
    json!({
        "type": "object", "title": format!("{schema}List"), "required": ["total", "skip", "limit", "items"],
        "properties": {
            "total": number("Total"), "skip": number("Skip"), "limit": number("Limit"),
            "items": {"type": "array", "items": read, "title": "Items"},
        },
    })
}

/// Schemas that every such API has, and those of login and notes.
fn errors() -> Map<String, Value> {
    let text = |title: &str| json!({"type": "string", "title": title});
    let object = |title: &str, properties: Value| {
        let required: Vec<String> =
            properties.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        json!({"type": "object", "title": title, "properties": properties, "required": required})
    };
    let location =
        json!({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "title": "Location"});
    let error = json!({"loc": location, "msg": text("Message"), "type": text("Error Type")});
    let detail = json!({"type": "array", "items": reference("ValidationError"), "title": "Detail"});
    let mut whole = json!({"type": "object", "title": "HTTPValidationError"});
    whole["properties"] = json!({"detail": detail});
    let login = json!({"username": text("Username"), "password": text("Password")});
    let token = json!({
        "access_token": text("Access Token"), "refresh_token": text("Refresh Token"), "token_type": text("Token Type"),
        "expires_in": {"type": "integer", "title": "Expires In"},
    });
    let note = json!({"body": text("Body"), "is_public": {"type": "boolean", "title": "Is Public"}});
    let mut read = note.clone();
    read["id"] = text("Id");
    Map::from_iter([
        ("HTTPValidationError".to_owned(), whole),
        ("ValidationError".to_owned(), object("ValidationError", error)),
        ("LoginRequest".to_owned(), object("LoginRequest", login)),
        ("RefreshRequest".to_owned(), object("RefreshRequest", json!({"refresh_token": text("Refresh Token")}))),
        ("TokenResponse".to_owned(), object("TokenResponse", token)),
        ("NoteCreate".to_owned(), object("NoteCreate", note)),
        ("NoteRead".to_owned(), object("NoteRead", read)),
    ])
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn capital(text: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    text.split(' ').filter(|part| !part.is_empty()).map(word).collect::<Vec<_>>().join(" ")
}
