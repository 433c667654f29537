//! Why there is no answer, told apart: a check that has none is never green.

use claudetools_kit::http::Trouble;
use serde_json::Value;

use crate::Service;
use crate::text::quoted;

/// What kind of gap it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The app may not ask this in this tenant, or the host does not let it.
    NotPermitted,
    /// The tenant has no licence for it.
    NotLicensed,
    /// What was asked for is not there.
    NotFound,
    /// The service did not answer, or not now.
    Unavailable,
    /// The answer is not what the service documents.
    Malformed,
}

/// A missing answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The kind.
    pub class: Class,
    /// What happened, in words for people; texts of the service are made harmless.
    pub detail: String,
}

impl Gap {
    /// A gap of a kind, in words.
    pub fn new(class: Class, detail: impl Into<String>) -> Self {
        Self { class, detail: detail.into() }
    }

    pub(crate) fn malformed(what: &str) -> Self {
        Self::new(Class::Malformed, format!("the answer cannot be read: {what}"))
    }

    /// What an answer that is no success means.
    pub(crate) fn of_answer(service: Service, status: u16, body: &Value) -> Self {
        let code = body.pointer("/error/code").and_then(Value::as_str).unwrap_or_default();
        let said = match service {
            Service::Exchange => crate::exo::error_text(body),
            _ => body.pointer("/error/message").and_then(Value::as_str).unwrap_or_default(),
        };
        let class = class(status, code, said);
        let mut detail = format!("{status} {}", quoted(if said.is_empty() { code } else { said }));
        if service == Service::Exchange && class == Class::NotPermitted {
            detail
                .push_str(" (a role that was given less than 15 minutes ago may not have reached Exchange; try later)");
        }
        Self::new(class, detail)
    }
}

impl From<Trouble> for Gap {
    fn from(trouble: Trouble) -> Self {
        let class = match trouble {
            Trouble::Refused => Class::NotPermitted,
            Trouble::TooLong(_) | Trouble::Unwritable(_) => Class::Malformed,
            _ => Class::Unavailable,
        };
        Self::new(class, trouble.text())
    }
}

/// Codes and words by which the services say that a licence is missing, whatever the status.
const LICENCE: &[&str] = &["NonPremiumTenant", "premium license", "not licensed", "not applicable to target tenant"];
/// Words by which Exchange says that something is not there, whatever the status.
const ABSENT: &[&str] = &["ManagementObjectNotFound", "couldn't be found", "isn't found"];

fn class(status: u16, code: &str, said: &str) -> Class {
    let says = |words: &[&str]| words.iter().any(|word| code.contains(word) || said.contains(word));
    match status {
        400..=499 if says(LICENCE) => Class::NotLicensed,
        402 => Class::NotLicensed,
        404 | 410 => Class::NotFound,
        _ if says(ABSENT) => Class::NotFound,
        401 | 403 => Class::NotPermitted,
        _ => Class::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(service: Service, status: u16, code: &str, message: &str) -> String {
        let gap = Gap::of_answer(service, status, &json!({"error": {"code": code, "message": message}}));
        format!("{:?}: {}", gap.class, gap.detail)
    }

    #[test]
    fn a_missing_licence_is_no_missing_permission() {
        let code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
        insta::assert_snapshot!(told(Service::Graph, 403, code, "Neither tenant is B2C or tenant doesn't have premium license"), @"NotLicensed: 403 `Neither tenant is B2C or tenant doesn't have premium license`");
        insta::assert_snapshot!(told(Service::Graph, 403, "Forbidden", "Your tenant is not licensed for this feature."), @"NotLicensed: 403 `Your tenant is not licensed for this feature.`");
        insta::assert_snapshot!(told(Service::Graph, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."), @"NotPermitted: 403 `Insufficient privileges to complete the operation.`");
    }

    #[test]
    fn other_errors_are_told_apart() {
        insta::assert_snapshot!(told(Service::Graph, 404, "MailboxNotEnabledForRESTAPI", ""), @"NotFound: 404 `MailboxNotEnabledForRESTAPI`");
        insta::assert_snapshot!(told(Service::Exchange, 400, "BadRequest", "The operation couldn't be performed because object 'x' couldn't be found"), @"NotFound: 400 `The operation couldn't be performed because object 'x' couldn't be found`");
        insta::assert_snapshot!(told(Service::Exchange, 403, "Forbidden", "The user does not have the required role"), @"NotPermitted: 403 `The user does not have the required role` (a role that was given less than 15 minutes ago may not have reached Exchange; try later)");
        insta::assert_snapshot!(told(Service::Graph, 500, "generalException", ""), @"Unavailable: 500 `generalException`");
    }

    #[test]
    fn what_the_service_says_is_made_harmless() {
        insta::assert_snapshot!(told(Service::Graph, 500, "x", "@everyone [x](http://evil)\n```"), @"Unavailable: 500 `(at)everyone [x](hxxp://evil) '''`");
    }
}
