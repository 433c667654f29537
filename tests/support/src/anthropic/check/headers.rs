//! The headers of a request.

use std::collections::BTreeMap;

use super::{Betas, Checked, betas};
use crate::anthropic::failure::Failure;

/// Checks credential and version, and gives back the betas.
pub(in crate::anthropic) fn sender(headers: &BTreeMap<String, String>, key: &str) -> Result<Betas, Failure> {
    let header = |name: &str| headers.get(name).map(String::as_str);
    credential(header("x-api-key"), header("authorization"), header("anthropic-beta"), key)?;
    version(header("anthropic-version"))?;
    Betas::parse(header("anthropic-beta"))
}

/// Checks that the body is said to be JSON.
pub(in crate::anthropic) fn json(headers: &BTreeMap<String, String>) -> Checked {
    let given = headers.get("content-type").map(String::as_str).unwrap_or_default();
    match given.split(';').next().unwrap_or_default().trim() {
        "application/json" => Ok(()),
        _ => Err(Failure::invalid("Content-Type header must be application/json")),
    }
}

/// An API key, or a bearer token where the beta of OAuth is named.
fn credential(api_key: Option<&str>, bearer: Option<&str>, beta: Option<&str>, key: &str) -> Checked {
    if let Some(given) = api_key {
        return if given == key { Ok(()) } else { Err(refused("invalid x-api-key")) };
    }
    let Some(bearer) = bearer else {
        return Err(refused("x-api-key header is required"));
    };
    if bearer.strip_prefix("Bearer ") != Some(key) {
        return Err(refused("invalid bearer token"));
    }
    match beta.is_some_and(|beta| beta.contains(betas::OAUTH)) {
        true => Ok(()),
        false => Err(refused("OAuth authentication is currently not supported.")),
    }
}

fn refused(message: &str) -> Failure {
    Failure::authentication(message)
}

fn version(given: Option<&str>) -> Checked {
    match given {
        Some("2023-06-01") => Ok(()),
        Some(other) => {
            let message = format!("anthropic-version: \"{other}\" is not a valid version");
            Err(Failure::invalid(message))
        }
        None => Err(Failure::invalid("anthropic-version: header is required")),
    }
}
