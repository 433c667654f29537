//! Where Discord is: the real one, or a compatible server.

use reqwest::Url;

const REAL: &str = "https://discord.com/api/v10";
const VERSION: &str = "api/v10";

/// Hosts of the real Discord. With `DISCORD_API_BASE` set nothing may go there: a token for a test server, or a test's
/// messages, must not leak to it.
const REAL_HOSTS: &[&str] = &["discord.com", "discord.gg", "discordapp.com", "discordapp.net", "discord.media"];

/// Hosts that the real Discord serves attachments from.
const REAL_FILE_HOSTS: &[&str] = &["cdn.discordapp.com", "media.discordapp.net"];

/// The root of the API, version included, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    url: Url,
    custom: bool,
}

/// The configured address is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DISCORD_API_BASE is `{0}`; expected something like http://127.0.0.1:3001/api/v10")]
pub struct BadBase(pub String);

impl Base {
    /// The real API, or the given one. Without a path, `/api/v10` is appended.
    pub(crate) fn new(given: Option<&str>) -> Result<Self, BadBase> {
        let text = given.unwrap_or(REAL).trim();
        let bad = || BadBase(text.to_owned());
        let mut url = Url::parse(text).map_err(|_| bad())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(bad());
        }
        if url.path().trim_matches('/').is_empty() {
            url.set_path(VERSION);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        url.set_query(None);
        Ok(Self { url, custom: given.is_some() })
    }

    /// The address of a path that begins with `/`.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }

    /// Without path: what serenity's client takes as its proxy.
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether it is on this machine: then no proxy of the environment is asked.
    pub(crate) fn is_loopback(&self) -> bool {
        matches!(self.url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
    }

    /// The gateway's address is one, and does not lead to the real Discord from a configured server.
    pub(crate) fn check_gateway(&self, url: &str) -> Result<(), String> {
        let parsed = Url::parse(url).map_err(|_| "it is not a URL".to_owned())?;
        if !matches!(parsed.scheme(), "ws" | "wss") {
            return Err("it is not a WebSocket address".to_owned());
        }
        let host = parsed.host_str().unwrap_or_default();
        if self.custom && is_one_of(host, REAL_HOSTS) {
            return Err("it is Discord's own, and DISCORD_API_BASE names another server".to_owned());
        }
        if !self.custom && !is_one_of(host, REAL_HOSTS) {
            return Err("it is not Discord's own".to_owned());
        }
        Ok(())
    }

    /// An attachment's address may be fetched: Discord's file hosts over https, or the configured server.
    pub(crate) fn may_fetch(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        if self.custom {
            return url.origin() == self.url.origin();
        }
        url.scheme() == "https" && url.port().is_none() && REAL_FILE_HOSTS.contains(&url.host_str().unwrap_or_default())
    }
}

impl std::fmt::Display for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.url.as_str())
    }
}

fn is_one_of(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}")))
}

#[cfg(test)]
mod tests {
    use super::Base;

    #[test]
    fn a_base_without_a_path_gets_the_version() {
        for given in ["http://127.0.0.1:3001", "http://127.0.0.1:3001/", "http://127.0.0.1:3001/api/v10/"] {
            let base = Base::new(Some(given)).unwrap();
            assert_eq!(base.join("/gateway/bot"), "http://127.0.0.1:3001/api/v10/gateway/bot", "{given}");
        }
        assert_eq!(Base::new(None).unwrap().join("/users/@me"), "https://discord.com/api/v10/users/@me");
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for given in ["", "127.0.0.1:3001", "ftp://example.org", "http://"] {
            assert!(Base::new(Some(given)).is_err(), "{given}");
        }
        insta::assert_snapshot!(
            Base::new(Some("localhost")).unwrap_err(),
            @"DISCORD_API_BASE is `localhost`; expected something like http://127.0.0.1:3001/api/v10"
        );
    }

    #[test]
    fn a_configured_server_never_leads_to_the_real_gateway() {
        let twin = Base::new(Some("http://127.0.0.1:3001")).unwrap();
        assert!(twin.check_gateway("ws://127.0.0.1:3002").is_ok());
        assert!(twin.check_gateway("wss://gateway.discord.gg").is_err());
        assert!(twin.check_gateway("wss://discord.gg/").is_err());
        let real = Base::new(None).unwrap();
        assert!(real.check_gateway("wss://gateway.discord.gg").is_ok());
        assert!(real.check_gateway("wss://gateway-discord.gg.evil.tld").is_err());
        assert!(real.check_gateway("https://gateway.discord.gg").is_err());
    }

    #[test]
    fn attachments_come_from_file_hosts_only() {
        let real = Base::new(None).unwrap();
        assert!(real.may_fetch("https://cdn.discordapp.com/attachments/1/2/a.txt?ex=1"));
        assert!(real.may_fetch("https://media.discordapp.net/attachments/1/2/a.png"));
        for url in [
            "http://cdn.discordapp.com/attachments/1/2/a.txt",
            "https://cdn.discordapp.com:8443/a",
            "https://cdn.discordapp.com.evil.tld/a",
            "https://evil.tld/cdn.discordapp.com",
            "https://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
        ] {
            assert!(!real.may_fetch(url), "{url}");
        }
        let twin = Base::new(Some("http://127.0.0.1:3001")).unwrap();
        assert!(twin.may_fetch("http://127.0.0.1:3001/attachments/1/2/a.txt"));
        assert!(!twin.may_fetch("http://127.0.0.1:22/attachments/1/2/a.txt"));
        assert!(!twin.may_fetch("https://cdn.discordapp.com/attachments/1/2/a.txt"));
    }
}
