//! An OpenAPI document: 3.0, 3.1, and Swagger 2 as far as it says the same.
//!
//! A document comes from the network. Whatever it says, nothing here panics or follows it without an end, and it can't send a request
//! anywhere else: its `servers`, `host` and `basePath` are not read.

use std::collections::BTreeMap;

use serde_json::Value;

/// References that are followed one after the other: real documents have two.
const MAX_HOPS: usize = 8;
/// How deep `allOf` and its like are looked into.
const MAX_DEPTH: usize = 6;
/// Properties of one schema that are looked at; the widest of the presets has about 200.
const MAX_PROPERTIES: usize = 500;

static NOTHING: Value = Value::Null;

/// A document that was parsed.
pub struct Document {
    root: Value,
}

impl Document {
    /// Takes a value for a document. The error is a fragment that says what it is instead.
    pub fn of(root: Value) -> Result<Self, String> {
        let version = root.get("openapi").or_else(|| root.get("swagger")).and_then(Value::as_str).unwrap_or_default();
        if !version.starts_with("3.") && version != "2.0" {
            return Err("it does not say `openapi` 3 or `swagger` 2.0".to_owned());
        }
        if !root.get("paths").is_some_and(Value::is_object) {
            return Err("it has no `paths`".to_owned());
        }
        Ok(Self { root })
    }

    /// Its paths with what can be done there.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &Value)> {
        let paths = self.root.get("paths").and_then(Value::as_object);
        paths.into_iter().flatten().map(|(path, item)| (path.as_str(), self.resolve(item)))
    }

    /// What a value stands for: itself, or what its `$ref` leads to within the document; null where that is nowhere.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut value = value;
        for _ in 0..MAX_HOPS {
            match value.get("$ref") {
                Some(Value::String(reference)) => value = self.at(reference),
                _ => return value,
            }
        }
        &NOTHING
    }

    fn at(&self, reference: &str) -> &Value {
        reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)).unwrap_or(&NOTHING)
    }

    /// The properties of a schema, with those of its parts.
    pub fn properties<'a>(&'a self, schema: &'a Value) -> BTreeMap<&'a str, &'a Value> {
        let mut found = BTreeMap::new();
        self.gather(schema, MAX_DEPTH, &mut found);
        found
    }

    fn gather<'a>(&'a self, schema: &'a Value, depth: usize, found: &mut BTreeMap<&'a str, &'a Value>) {
        let schema = self.resolve(schema);
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if found.len() == MAX_PROPERTIES {
                return;
            }
            found.entry(name).or_insert(property);
        }
        if depth == 0 {
            return;
        }
        for part in parts(schema).take(MAX_PROPERTIES) {
            if found.len() < MAX_PROPERTIES {
                self.gather(part, depth - 1, found);
            }
        }
    }

    /// A schema without the `null` that it may be beside: of `anyOf: [X, null]` it is X.
    pub fn plain<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = self.resolve(schema);
        for _ in 0..MAX_DEPTH {
            if schema.get("type").is_some() || schema.get("properties").is_some() {
                return schema;
            }
            let mut real = parts(schema).map(|part| self.resolve(part)).filter(|part| self.kind(part) != "null");
            match (real.next(), real.next()) {
                (Some(only), None) => schema = only,
                _ => return schema,
            }
        }
        schema
    }

    /// The JSON type of a plain schema: `string`, `array` …, empty where it says none.
    pub fn kind<'a>(&'a self, schema: &'a Value) -> &'a str {
        let stated = match schema.get("type") {
            Some(Value::Array(types)) => types.iter().find(|one| *one != "null"),
            stated => stated,
        };
        match stated.and_then(Value::as_str) {
            Some(stated) => stated,
            None if schema.get("properties").is_some() => "object",
            None => "",
        }
    }

    /// The values that a schema allows, where it lists them.
    pub fn values<'a>(&'a self, schema: &'a Value) -> &'a [Value] {
        let schema = self.plain(schema);
        let listed = schema.get("enum").or_else(|| self.plain(schema.get("items")?).get("enum"));
        listed.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The schema of a list's items, of a plain schema or one that can be null.
    pub fn items<'a>(&'a self, schema: &'a Value) -> Option<&'a Value> {
        let schema = self.plain(schema);
        (self.kind(schema) == "array").then(|| self.resolve(schema.get("items").unwrap_or(&NOTHING)))
    }
}

/// The schemas that a schema is made of.
fn parts(schema: &Value) -> impl Iterator<Item = &Value> {
    ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten()
}
