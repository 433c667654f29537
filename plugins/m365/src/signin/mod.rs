//! Sign-ins: what one says, and what some of them say together.
//!
//! - [`SignIn`] is one, of Graph v1.0 or beta; [`Around`] is what is known beside them.
//! - [`location`], [`travel`], [`guessing`], [`tools`] and [`legacy`] say what is wrong; each answers with [`Sign`]s.

pub mod guessing;
pub mod legacy;
pub mod location;
pub mod relay;
pub mod tools;
pub mod travel;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;

use claudetools_graph::envelope::Finding;
use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;

use crate::network::Network;

/// One sign-in. What only Graph beta says is none in one of v1.0.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// When.
    pub created_date_time: Timestamp,
    /// Who, by id.
    pub user_id: Option<String>,
    /// Who, by name.
    pub user_principal_name: Option<String>,
    /// From where.
    pub ip_address: Option<String>,
    /// Through which kind of client, such as `Browser` or `IMAP4`.
    pub client_app_used: Option<String>,
    /// To which app.
    pub app_display_name: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Beta: the session that a token belongs to.
    pub session_id: Option<String>,
    /// Beta: such as `deviceCode`.
    pub authentication_protocol: Option<String>,
    /// Beta: the network that the address belongs to.
    pub autonomous_system_number: Option<u32>,
    status: Status,
    location: Option<Location>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    error_code: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    city: Option<String>,
    country_or_region: Option<String>,
    geo_coordinates: Option<Coordinates>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Coordinates {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl SignIn {
    /// Whether it succeeded.
    pub fn succeeded(&self) -> bool {
        self.status.error_code == 0
    }

    /// The code of its error; 0 is none.
    pub fn code(&self) -> i64 {
        self.status.error_code
    }

    /// The address that it came from.
    pub fn address(&self) -> Option<IpAddr> {
        self.ip_address.as_deref()?.parse().ok()
    }

    /// The country that it came from: two letters in upper case.
    pub fn country(&self) -> Option<String> {
        let country = self.location.as_ref()?.country_or_region.as_deref()?.trim();
        (!country.is_empty()).then(|| country.to_uppercase())
    }

    /// Its place for people: `Lagos, NG`.
    pub fn place(&self) -> String {
        let city = self.location.as_ref().and_then(|location| location.city.clone()).filter(|city| !city.is_empty());
        let country = self.country().unwrap_or_else(|| "unknown country".into());
        city.map_or_else(|| country.clone(), |city| format!("{city}, {country}"))
    }

    fn coordinates(&self) -> Option<(f64, f64)> {
        let at = self.location.as_ref()?.geo_coordinates?;
        Some((at.latitude?, at.longitude?))
    }
}

/// What is known beside the sign-ins.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Countries of two letters, in upper case, where the client's people work. Empty where that is not known.
    pub home: Vec<String>,
    /// Addresses that are the client's own, by its configuration or its named locations.
    pub trusted: Vec<Network>,
    /// Whether legacy authentication is expected of the user.
    pub scanner: bool,
}

impl Around {
    /// Whether it came from an address of the client's own.
    pub fn trusts(&self, signin: &SignIn) -> bool {
        signin.address().is_some_and(|address| self.trusted.iter().any(|network| network.has(address)))
    }

    /// Whether it came from a country that is known, where none of the client's people work.
    pub fn is_abroad(&self, signin: &SignIn) -> bool {
        signin.country().is_some_and(|country| !self.home.contains(&country))
    }
}

/// A finding and the sign-ins that it is about.
pub struct Sign<'a> {
    /// What was found.
    pub finding: Finding,
    /// In what.
    pub of: Vec<&'a SignIn>,
}

impl<'a> Sign<'a> {
    /// A finding about some sign-ins, oldest first, with their number, addresses, places and apps.
    fn about(finding: Finding, of: Vec<&'a SignIn>) -> Self {
        let all = |name: fn(&SignIn) -> Option<String>| -> Vec<String> {
            of.iter().filter_map(|signin| name(signin)).collect::<BTreeSet<_>>().into_iter().take(10).collect()
        };
        let finding = finding
            .with("sign_ins", of.len())
            .with("addresses", all(|signin| signin.ip_address.clone()))
            .with("places", all(|signin| Some(signin.place())))
            .with("apps", all(|signin| signin.app_display_name.clone()))
            .at(of.first().map(|signin| signin.created_date_time));
        Self { finding, of }
    }
}
