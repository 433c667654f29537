//! What a token says of itself. It is looked at, and nothing is believed because of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The claims of a JWT that are looked at.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) struct Claims {
    /// The tenant that it is for.
    pub(super) tid: Option<String>,
    /// Application permissions.
    #[serde(default)]
    pub(super) roles: Vec<String>,
    /// Its end, in seconds of Unix time.
    pub(super) exp: Option<u64>,
    /// Its beginning.
    pub(super) iat: Option<u64>,
}

impl Claims {
    /// Reads the middle one of three parts. A token that is no JWT says nothing.
    pub(super) fn of(token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let [_, claims, _] = parts[..] else { return Self::default() };
        let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn only_a_jwt_says_something() {
        let said = Claims::of(&token(r#"{"tid":"t","roles":["User.Read.All"],"exp":9,"iat":5,"more":{}}"#));
        assert_eq!((said.tid.as_deref(), said.roles.len(), said.exp, said.iat), (Some("t"), 1, Some(9), Some(5)));
        for opaque in ["", "abc", "a.b", "a.b.c", "a.b.c.d", &token("[]"), &token(r#"{"roles":"all"}"#)] {
            assert_eq!(Claims::of(opaque), Claims::default(), "{opaque}");
        }
    }
}
