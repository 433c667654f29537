//! The connection: which API, and how it is dealt with. It comes from the variables of an `env` grant.
//!
//! Which hosts, methods and paths can be reached, and with which secret, is said by `net` grants and is the host's to hold.

use std::collections::BTreeMap;

use claudetools_kit::Failure;

use crate::preset::Preset;
use crate::redact::Redact;

/// Rows of one page where `PAGE_MAX` does not say.
const PAGE_MAX: u64 = 100;
/// Rows that one search reads where `TOTAL_MAX` does not say.
const TOTAL_MAX: u64 = 1_000;
/// What no `TOTAL_MAX` goes beyond: what fits in a call's memory.
const MOST_ROWS: u64 = 20_000;

/// One API.
pub struct Connection {
    /// Scheme, host and port: `https://msp.example`.
    pub origin: String,
    /// What comes before the paths of the document: empty, or `/api/v1`.
    pub prefix: String,
    /// How this kind of API works.
    pub preset: &'static Preset,
    /// Where its document is: paths of the host, or `file:` and a path below /repo. Empty: the preset has one.
    pub documents: Vec<String>,
    /// Whether `msp_write` may ask for changes.
    pub writes: bool,
    /// Names of what says whose a row is, such as `client_id` or `company/id`.
    pub client_params: Vec<String>,
    /// Names of clients in `plugins.toml`, and their ids in this API.
    pub clients: BTreeMap<String, String>,
    /// Resources that belong to no client, so that everybody may see all of them.
    pub shared: Vec<String>,
    /// What is taken out of rows.
    pub redact: Redact,
    /// Paths of GETs that do something and may be called all the same.
    pub allowed: Vec<String>,
    /// For a resource, the address of one record for people, with `{id}`.
    pub links: BTreeMap<String, String>,
    /// Milliseconds between two requests of one call.
    pub pause_ms: u64,
    /// Rows of one page.
    pub page_max: u64,
    /// Rows that one search reads.
    pub total_max: u64,
}

impl Connection {
    /// Reads the variables. What is missing or makes no sense is a [`Failure::Unavailable`] for the operator.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let text = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let preset = Preset::named(text("PRESET").as_deref().unwrap_or("openapi"))
            .ok_or_else(|| wrong("PRESET", &format!("expected one of {}", Preset::names())))?;
        let (origin, prefix) = base(&text("BASE_URL").unwrap_or_default())?;
        let or_preset = |name: &str, own: &[&str]| match text(name) {
            Some(value) => list(&value),
            None => own.iter().map(|&one| one.to_owned()).collect(),
        };
        Ok(Self {
            origin,
            prefix,
            preset,
            documents: or_preset("OPENAPI", preset.documents),
            writes: mode(text("MODE").as_deref())?,
            client_params: or_preset("CLIENT_PARAMS", preset.client_params),
            clients: pairs("CLIENTS", &text("CLIENTS").unwrap_or_default())?,
            shared: list(&text("SHARED").unwrap_or_default()),
            redact: Redact::new(&list(&text("REDACT").unwrap_or_default())),
            allowed: list(&text("ALLOW").unwrap_or_default()),
            links: pairs("LINKS", &text("LINKS").unwrap_or_default())?,
            pause_ms: match text("PER_SECOND") {
                None => preset.pause_ms,
                given => 1_000 / number("PER_SECOND", given, 1, 1_000)?,
            },
            page_max: number("PAGE_MAX", text("PAGE_MAX"), PAGE_MAX, 1_000)?.min(preset.page_max),
            total_max: number("TOTAL_MAX", text("TOTAL_MAX"), TOTAL_MAX, MOST_ROWS)?,
        })
    }

    /// The path and query to send for a path of the document.
    pub fn target(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The address of a record for people, where `LINKS` has one for the resource.
    pub fn link(&self, resource: &str, id: &str) -> Option<String> {
        Some(self.links.get(resource)?.replace("{id}", &crate::request::encoded(id)))
    }
}

fn wrong(name: &str, expected: &str) -> Failure {
    Failure::Unavailable(format!(
        "the connection is not set up: the variable {name} is missing or wrong; {expected}. It stands in the `env` grant of this plugin in plugins.toml"
    ))
}

fn base(url: &str) -> Result<(String, String), Failure> {
    let fault = || wrong("BASE_URL", "expected such as https://msp.example or https://msp.example/api/v1");
    let (scheme, rest) = url.split_once("://").ok_or_else(fault)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_plain =
        !authority.is_empty() && !authority.contains(['@', '?', '#', ' ']) && !path.contains(['?', '#', ' ']);
    if !matches!(scheme, "https" | "http") || !is_plain {
        return Err(fault());
    }
    let path = path.trim_end_matches('/');
    let prefix = if path.is_empty() { String::new() } else { format!("/{path}") };
    Ok((format!("{scheme}://{authority}"), prefix))
}

fn mode(text: Option<&str>) -> Result<bool, Failure> {
    match text {
        None | Some("read_only") => Ok(false),
        Some("confirm_writes") => Ok(true),
        Some(_) => Err(wrong("MODE", "expected read_only or confirm_writes")),
    }
}

fn list(text: &str) -> Vec<String> {
    text.split([',', ' ', '\n']).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

fn pairs(name: &str, text: &str) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |one: &str| {
        let (key, value) = one.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
            .filter(|(key, value)| !key.is_empty() && !value.is_empty())
    };
    let written = text.split([',', '\n']).filter(|one| !one.trim().is_empty());
    written.map(pair).collect::<Option<_>>().ok_or_else(|| wrong(name, "expected such as contoso=42, fabrikam=57"))
}

fn number(name: &str, text: Option<String>, usual: u64, most: u64) -> Result<u64, Failure> {
    match text.map(|text| text.parse()) {
        None => Ok(usual),
        Some(Ok(number)) if (1..=most).contains(&number) => Ok(number),
        Some(_) => Err(wrong(name, &format!("expected a number from 1 to {most}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Connection, Failure> {
        let map: BTreeMap<_, _> = variables.iter().copied().collect();
        Connection::read(|name| map.get(name).map(|&value| value.to_owned()))
    }

    fn refused(variables: &[(&str, &str)]) -> String {
        read(variables).err().map(|failure| format!("{failure:?}")).unwrap()
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let base = ("BASE_URL", "https://msp.example");
        insta::assert_snapshot!(refused(&[]), @r#"Failure::Unavailable("the connection is not set up: the variable BASE_URL is missing or wrong; expected such as https://msp.example or https://msp.example/api/v1. It stands in the `env` grant of this plugin in plugins.toml")"#);
        for url in
            ["msp.example", "ftp://msp.example", "https://", "https://ann@msp.example", "https://msp.example/a?b=c"]
        {
            assert!(refused(&[("BASE_URL", url)]).contains("BASE_URL"), "{url}");
        }
        assert!(refused(&[base, ("MODE", "write")]).contains("expected read_only or confirm_writes"));
        assert!(refused(&[base, ("PRESET", "kaseya")]).contains("syncro"));
        assert!(refused(&[base, ("CLIENTS", "contoso")]).contains("CLIENTS"));
        assert!(refused(&[base, ("TOTAL_MAX", "1000000")]).contains("from 1 to 20000"));
    }

    #[test]
    fn nothing_is_written_unless_it_is_said() {
        let connection = read(&[("BASE_URL", "https://msp.example/api/v1/")]).unwrap();
        assert!(!connection.writes);
        assert_eq!(connection.target("/clients"), "/api/v1/clients");
        assert_eq!((connection.page_max, connection.total_max), (PAGE_MAX, TOTAL_MAX));
        assert!(read(&[("BASE_URL", "https://msp.example"), ("MODE", "confirm_writes")]).unwrap().writes);
    }

    #[test]
    fn the_manifest_asks_for_the_variables_that_are_read() {
        let asked = std::cell::RefCell::new(Vec::new());
        let connection = Connection::read(|name| {
            asked.borrow_mut().push(name.to_owned());
            (name == "BASE_URL").then(|| "https://msp.example".to_owned())
        });
        assert!(connection.is_ok());
        let manifest = include_str!("../manifest.toml");
        let names = manifest.split("names = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap();
        let mut names: Vec<&str> = names.split([',', ' ', '"']).filter(|name| !name.is_empty()).collect();
        let mut asked = asked.into_inner();
        names.sort_unstable();
        asked.sort_unstable();
        assert_eq!(names, asked);
    }
}
