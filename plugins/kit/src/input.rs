//! Input: the JSON of a call, typed.

use serde::de::DeserializeOwned;

use crate::{Failure, Invocation};

/// Reads a call's input.
///
/// The host has checked it against the tool's schema, so an error here means that the type and the
/// schema in the manifest differ; the sentence names the tool and the field.
pub fn input<T: DeserializeOwned>(invocation: &Invocation) -> Result<T, Failure> {
    serde_json::from_str(&invocation.input)
        .map_err(|error| Failure::Invalid(format!("the input does not fit the tool {}: {error}", invocation.tool)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Wanted {
        #[expect(dead_code, reason = "only parsed")]
        file_path: String,
    }

    fn parse(input_json: &str) -> String {
        let invocation = Invocation { id: "1".into(), tool: "Read".into(), input: input_json.into(), budget_ms: 1000 };
        match input::<Wanted>(&invocation) {
            Ok(wanted) => format!("{wanted:?}"),
            Err(failure) => format!("{failure:?}"),
        }
    }

    #[test]
    fn a_missing_field_is_named() {
        insta::assert_snapshot!(parse("{}"), @r#"Failure::Invalid("the input does not fit the tool Read: missing field `file_path` at line 1 column 2")"#);
    }

    #[test]
    fn input_that_fits_is_read() {
        insta::assert_snapshot!(parse(r#"{"file_path":"a"}"#), @r#"Wanted { file_path: "a" }"#);
    }
}
