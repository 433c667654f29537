//! Where addresses come from, by the operator's own database. Nobody else is asked.

use std::collections::BTreeMap;
use std::net::IpAddr;

use maxminddb::Reader;
use serde::Deserialize;

/// What a database of anonymous addresses says of one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Origin {
    is_anonymous: bool,
    is_anonymous_vpn: bool,
    is_hosting_provider: bool,
    is_public_proxy: bool,
    is_residential_proxy: bool,
    is_tor_exit_node: bool,
}

impl Origin {
    /// The most telling of what it is; none for an ordinary address.
    fn kind(&self) -> Option<&'static str> {
        let kinds = [
            (self.is_tor_exit_node, "Tor"),
            (self.is_anonymous_vpn, "VPN"),
            (self.is_residential_proxy, "residential proxy"),
            (self.is_public_proxy, "public proxy"),
            (self.is_hosting_provider, "hosting provider"),
            (self.is_anonymous, "anonymiser"),
        ];
        kinds.into_iter().find(|(is, _)| *is).map(|(_, name)| name)
    }
}

/// The addresses that hide somebody, with how. The database is one of anonymous addresses, such as GeoIP2 Anonymous IP.
pub fn look_up<'a>(
    database: &[u8],
    addresses: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, String>, String> {
    let reader =
        Reader::from_source(database).map_err(|error| format!("the database of addresses cannot be read: {error}"))?;
    let kind = reader.metadata().database_type.as_str();
    if !kind.contains("Anonymous") {
        return Err(format!(
            "the database of addresses is of the kind {kind}; one of anonymous addresses is needed, such as GeoIP2-Anonymous-IP"
        ));
    }
    let told = |written: &str| {
        let address: IpAddr = written.parse().ok()?;
        let origin: Origin = reader.lookup(address).ok()?.decode().ok()??;
        Some((written.to_owned(), origin.kind()?.to_owned()))
    };
    Ok(addresses.filter_map(told).collect())
}
