//! Why there is no token: one sentence for everybody, and one thing to do for the operator.

#[cfg(test)]
mod tests;

use claudetools_policy::{Code, Refusal, TokenSource, TokenWay};
use serde::Deserialize;

use super::given::Reply;

/// Why there is none, and whether that passes by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    pub(super) may_pass: bool,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, may_pass: false }
    }
}

/// A certificate that is not registered, or not yet everywhere.
const CERTIFICATE: u64 = 700_027;

/// What Microsoft's numbers (AADSTS) mean here, and what helps.
const KNOWN: &[(u64, &str, &str)] = &[
    (
        700_016,
        "The application is not known in the client's tenant.",
        "have an administrator of the tenant consent to the application, and compare `client_id`",
    ),
    (
        7_000_229,
        "The application has no service principal in the client's tenant.",
        "have an administrator of the tenant consent to the application again",
    ),
    (
        7_000_215,
        "The application's secret is not the right one.",
        "put the secret's value there, not its id; the application's page lists its secrets",
    ),
    (7_000_222, "The application's secret has expired.", "make a new secret for the application and put it there"),
    (
        CERTIFICATE,
        "The application's certificate is not registered with it.",
        "upload the certificate to the application; a new one is known everywhere after some minutes",
    ),
    (90_002, "There is no such tenant.", "correct `tenant` in the client's table of plugins.toml"),
    (
        650_052,
        "The client's tenant has no subscription to the service that the token is for.",
        "leave the checks of that service out for this client, or have the tenant subscribe to it",
    ),
];

#[derive(Deserialize, Default)]
struct Said {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_codes: Vec<u64>,
}

/// What an answer without a token says. Of the server's own words only the short name of the error is told.
pub(super) fn refused(reply: &Reply, source: &TokenSource) -> Refused {
    let said: Said = serde_json::from_slice(&reply.body).unwrap_or_default();
    if let Some((number, sentence, fix)) = KNOWN.iter().find(|(number, ..)| said.error_codes.contains(number)) {
        let refusal = Refusal::new(Code::SecretToken, *sentence).hinted(format!("AADSTS{number}: {fix}"));
        return Refused { refusal, may_pass: *number == CERTIFICATE };
    }
    match (reply.status, &source.way) {
        (429 | 500..=599, _) => unavailable("it is busy or broken").into(),
        (400 | 401 | 403, TokenWay::Login { .. }) => {
            let refusal = Refusal::new(Code::SecretToken, "The login was not accepted.");
            refusal.hinted("compare the user and the password of the secret").into()
        }
        (status, _) => {
            let name = if is_plain(&said.error) { said.error } else { format!("status {status}") };
            let numbers: Vec<String> = said.error_codes.iter().take(3).map(|code| format!("AADSTS{code}")).collect();
            let refusal = Refusal::new(Code::SecretToken, format!("The server gave no token: {name}."));
            refusal.hinted(format!("see what the server documents of it: {status} {}", numbers.join(" "))).into()
        }
    }
}

/// Nothing that anybody could take for more than the name of an error.
fn is_plain(name: &str) -> bool {
    (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

pub(super) fn unreadable() -> Refused {
    let refusal = Refusal::new(Code::SecretToken, "The answer of the server of tokens can't be read.");
    refusal.hinted("expected JSON with `access_token`; compare the URL of the secret").into()
}

/// It may help to try again.
pub(super) fn unavailable(why: &str) -> Refusal {
    let message = format!("There is no token at the moment: {why}. Try again later.");
    Refusal::new(Code::SecretToken, message).hinted("compare the URL and the `reach` of the secret where it lasts")
}
