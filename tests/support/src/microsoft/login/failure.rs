//! How a token is refused.

use serde_json::json;

use crate::answer::Answer;

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The application is not in the tenant.
    AppNotFound,
    /// Its service principal is missing.
    NoServicePrincipal,
    /// The secret is another.
    BadSecret,
    /// The secret was good once.
    ExpiredSecret,
    /// The certificate is not registered, or was a moment ago.
    UnknownCertificate,
    /// There is no such tenant.
    TenantNotFound,
    /// The tenant has no licence for what is asked.
    NotSubscribed,
    /// The scope is of no resource that is known.
    UnknownResource,
    /// The request is none.
    BadRequest,
    /// The assertion is too old, too long or for somebody else.
    BadAssertion,
}

impl Failure {
    /// Those that the documentation lists, by its words.
    pub const LISTED: [(&'static str, Self); 7] = [
        ("app not consented in tenant", Self::AppNotFound),
        ("service principal missing", Self::NoServicePrincipal),
        ("bad secret", Self::BadSecret),
        ("expired secret", Self::ExpiredSecret),
        ("certificate not registered / just rotated", Self::UnknownCertificate),
        ("tenant not found", Self::TenantNotFound),
        ("consent blocked by missing licence/resource", Self::NotSubscribed),
    ];

    /// Status, error, AADSTS number, text.
    fn parts(self) -> (u16, &'static str, u32, &'static str) {
        match self {
            Self::AppNotFound => {
                let text = "Application with identifier '…' was not found in the directory '…'.";
                (400, "unauthorized_client", 700_016, text)
            }
            Self::NoServicePrincipal => {
                let text = "The client application … is missing service principal in the tenant …";
                (401, "unauthorized_client", 7_000_229, text)
            }
            Self::BadSecret => (401, "invalid_client", 7_000_215, "Invalid client secret provided."),
            Self::ExpiredSecret => {
                (401, "invalid_client", 7_000_222, "The provided client secret keys for app '…' are expired.")
            }
            Self::UnknownCertificate => {
                let text = "The certificate with identifier used to sign the client assertion is not registered on \
                            application.";
                (401, "invalid_client", 700_027, text)
            }
            Self::TenantNotFound => (400, "invalid_request", 90_002, "Tenant '…' not found."),
            Self::NotSubscribed => {
                let text = "The app needs access to a service that your organization has not subscribed to or enabled.";
                (400, "invalid_client", 650_052, text)
            }
            Self::UnknownResource => {
                (400, "invalid_resource", 500_011, "The resource principal named … was not found in the tenant.")
            }
            Self::BadRequest => (400, "invalid_request", 900_144, "The request body is missing a parameter."),
            Self::BadAssertion => (401, "invalid_client", 700_024, "Client assertion is not within its valid time."),
        }
    }

    pub(in crate::microsoft) fn answer(self) -> Answer {
        let (status, error, number, text) = self.parts();
        let body = json!({
            "error": error, "error_description": format!("AADSTS{number}: {text}"), "error_codes": [number],
            "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
            "trace_id": "7f3f2a1c-0000-4000-8000-000000000002", "timestamp": "2026-11-22 18:00:00Z",
        });
        Answer::json(status, body)
    }
}
