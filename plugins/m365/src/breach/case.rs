//! What is known of a user when the rules read: the answers, or why there are none.

use std::collections::BTreeMap;

use claudetools_graph::jiff::Timestamp;
use claudetools_graph::{Gap, Outcome, Reply};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::input::{Depth, Span};
use super::source::Source;
use crate::client::{Client, Homes};
use crate::rows::{Rows, moment, rows};

/// The user, of `/users/{id}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: String,
    pub user_principal_name: String,
    pub display_name: Option<String>,
    pub mail: Option<String>,
    pub account_enabled: Option<bool>,
    pub on_premises_sync_enabled: Option<bool>,
    #[serde(default, deserialize_with = "moment")]
    pub created_date_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    pub last_password_change_date_time: Option<Timestamp>,
}

/// The properties of a user that are asked for.
pub const USER: &str = "$select=id,displayName,userPrincipalName,mail,accountEnabled,userType,createdDateTime,lastPasswordChangeDateTime,onPremisesSyncEnabled,signInSessionsValidFromDateTime,proxyAddresses,assignedLicenses,usageLocation";

/// One look at one user.
pub struct Case {
    pub client: Client,
    pub user: User,
    pub depth: Depth,
    pub span: Span,
    /// Whether subjects may be shown.
    pub subjects: bool,
    /// The tenant's domains.
    pub homes: Homes,
    /// Where its people work: what is configured, else the organization's own country.
    pub home_countries: Vec<String>,
    /// What came.
    pub answers: BTreeMap<Source, Outcome>,
    /// Names of folders by id, as far as they are known.
    pub folders: BTreeMap<String, String>,
    /// Apps by the id of their service principal; none where one could not be looked up.
    pub apps: BTreeMap<String, Option<Value>>,
    /// Addresses that hide somebody, with how; or why that is not known. None as long as they were not looked up.
    pub origins: Option<Result<BTreeMap<String, String>, String>>,
}

impl Case {
    /// The answer of a source, if it came.
    pub fn reply(&self, source: Source) -> Option<&Reply> {
        self.answers.get(&source)?.as_ref().ok()
    }

    /// Why a source has no answer; none where it has, or was not asked.
    pub fn gap(&self, source: Source) -> Option<&Gap> {
        self.answers.get(&source)?.as_ref().err()
    }

    /// The rows of a source that can be read; empty where there is no answer.
    pub fn rows<T: DeserializeOwned>(&self, source: Source) -> Rows<T> {
        rows(self.items(source))
    }

    /// The items of a list; empty where there is no answer.
    pub fn items(&self, source: Source) -> &[Value] {
        self.reply(source).map_or(&[], |reply| &reply.items)
    }

    /// Whether something is new.
    pub fn is_new(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| at >= self.span.from)
    }
}
