//! `[secrets.<name>]`: where a secret is, and where it may go.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use toml::Spanned;

use super::check::{check_name, check_path};
use super::low::{self, Word};
use super::net::{host, port};
use super::place::{Fault, distinct, line_of};
use super::token::{self, TokenSource};
use crate::manifest::is_variable;
use crate::{Audience, HostPattern, RelPath, Scheme};

/// `[secrets.<name>]`: where a secret comes from, and where it may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where its value is.
    pub source: SecretSource,
    /// The only services it is ever sent to. No grant can widen this.
    pub audience: Vec<Audience>,
    /// The only scripts that are ever given it, by the names of their tools.
    pub scripts: BTreeSet<String>,
    /// The line of its table (1-based).
    pub line: usize,
}

/// Where the value of a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A file, trailing line feed aside; a relative one is below the directory of `plugins.toml`.
    File(PathBuf),
    /// A variable of the host's environment.
    Env(String),
    /// A field of a SOPS file in the vault: `path#dotted.field`.
    Vault {
        /// Below the vault's directory.
        path: String,
        /// Keys joined with dots.
        field: String,
    },
    /// A server that gives a token for what is kept elsewhere.
    Token(Box<TokenSource>),
}

impl SecretSource {
    /// Where something of it is kept: itself, or what a token is asked for with.
    pub fn kept(&self) -> &Self {
        match self {
            Self::Token(token) => token.kept.kept(),
            Self::File(_) | Self::Env(_) | Self::Vault { .. } => self,
        }
    }
}

pub(super) fn secrets(typed: BTreeMap<Word, low::Secret>, text: &str) -> Result<BTreeMap<String, Secret>, Fault> {
    let one = |(name, typed): (Word, low::Secret)| {
        check_name(&name, "secret")?;
        let line = line_of(text, name.span().start);
        let secret = secret(&name, &typed, line)?;
        Ok((name.into_inner(), secret))
    };
    typed.into_iter().map(one).collect()
}

fn secret(name: &Word, typed: &low::Secret, line: usize) -> Result<Secret, Fault> {
    if let Some(expose) = typed.expose.as_ref().filter(|expose| expose.as_ref() != "never") {
        return Err(Fault::at(expose, "a secret is never shown to a plugin; the only value is `never`"));
    }
    if typed.audience.is_empty() && typed.scripts.is_empty() {
        let message =
            "the secret may go nowhere; name at least one { host = \"…\" } in `audience`, or a tool in `scripts`";
        return Err(Fault::at(name, message));
    }
    let audience = typed.audience.iter().map(audience).collect::<Result<_, _>>()?;
    let scripts = distinct(typed.scripts.clone())?;
    let source = given(name, typed)?;
    if let (SecretSource::Token(_), Some(script)) = (&source, typed.scripts.first()) {
        return Err(Fault::at(script, "a token goes into requests only; give the script a secret of its own"));
    }
    Ok(Secret { source, audience, scripts, line })
}

/// The one source that is named.
fn given(name: &Word, typed: &low::Secret) -> Result<SecretSource, Fault> {
    match (&typed.source, &typed.oauth, &typed.login) {
        (Some(place), None, None) => source(place),
        (None, Some(oauth), None) => token::oauth(oauth).map(Box::new).map(SecretSource::Token),
        (None, None, Some(login)) => token::login(login).map(Box::new).map(SecretSource::Token),
        _ => Err(Fault::at(name, "a secret has one of `source`, `oauth` and `login`")),
    }
}

pub(super) fn source(typed: &Spanned<low::Source>) -> Result<SecretSource, Fault> {
    match typed.as_ref() {
        low::Source { file: Some(path), env: None, vault: None } => {
            check_path(path)?;
            Ok(SecretSource::File(PathBuf::from(path.as_ref())))
        }
        low::Source { file: None, env: Some(name), vault: None } => {
            check_variable(name)?;
            Ok(SecretSource::Env(name.as_ref().clone()))
        }
        low::Source { file: None, env: None, vault: Some(place) } => vault(place),
        _ => {
            let message = "expected one of { file = \"…\" }, { env = \"…\" } and { vault = \"path#field\" }";
            Err(Fault::at(typed, message))
        }
    }
}

/// A name of an environment variable.
pub(super) fn check_variable(name: &Word) -> Result<(), Fault> {
    if is_variable(name.as_ref()) {
        return Ok(());
    }
    let rule = "up to 64 of a-z, A-Z, 0-9 and `_`, not a digit first";
    Err(Fault::at(name, format!("`{}` is not the name of a variable; expected {rule}", name.as_ref())))
}

fn vault(place: &Word) -> Result<SecretSource, Fault> {
    let plain_path = |path: &&str| !path.is_empty() && RelPath::parse(path).is_ok();
    let plain_field = |field: &&str| field.split('.').all(|part| !part.is_empty() && !part.contains(char::is_control));
    match place.as_ref().split_once('#') {
        Some((path, field)) if plain_path(&path) && plain_field(&field) => {
            Ok(SecretSource::Vault { path: path.to_owned(), field: field.to_owned() })
        }
        _ => {
            let expected =
                "a path below the vault, `#`, and keys with dots between, such as clients/acme.yaml#hudu.key";
            Err(Fault::at(place, format!("`{}` is not a place in the vault; expected {expected}", place.as_ref())))
        }
    }
}

fn audience(typed: &low::Audience) -> Result<Audience, Fault> {
    let host = host(&typed.host)?;
    if matches!(host, HostPattern::OneLabel(_) | HostPattern::Any) {
        let message =
            format!("`{}` is more than one host; a secret goes to hosts by their exact names", typed.host.as_ref());
        return Err(Fault::at(&typed.host, message));
    }
    let scheme = typed.scheme.unwrap_or(Scheme::Https);
    Ok(Audience { scheme, host, port: typed.port.as_ref().map_or(Ok(scheme.port()), port)? })
}
