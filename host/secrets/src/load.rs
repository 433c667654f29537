//! Every secret of a policy, read at once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use claudetools_policy::{Policy, SecretSource, TokenProof, TokenSource, TokenWay};
use zeroize::Zeroizing;

use crate::sops::{FieldError, Format, Identities, IdentityError, SopsError};
use crate::source::{self, Unreadable};
use crate::{BadCertificate, BadValue, Certificate, Proof, Scrub, SecretValue, TokenKey, sops};

/// The largest file of one secret, in bytes: nothing that holds one value alone is larger.
const MOST_FILE: u64 = 64 << 10;
/// The largest file of a vault, in bytes: a parsed YAML file takes some twenty times its size.
const MOST_VAULT: u64 = 1 << 20;

/// Where the sources of secrets are.
pub struct Places<'a> {
    /// The directory of `plugins.toml`: relative files are below it.
    pub base: &'a Path,
    /// The vault's directory, where there is one.
    pub vault: Option<&'a Path>,
    /// The value of a variable of the host's environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

/// The values of the secrets of a policy. `Debug` shows the names.
#[derive(Default)]
pub struct Secrets {
    values: BTreeMap<String, SecretValue>,
    tokens: BTreeMap<String, Arc<TokenKey>>,
}

/// Which secret has no value, and why. Never says anything of the value itself.
#[derive(Debug, thiserror::Error)]
#[error("plugins.toml:{line}: secret `{name}`: {fault}")]
pub struct SecretsError {
    /// Its name.
    pub name: String,
    /// The line of its table (1-based).
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a secret.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Its file, or the vault's.
    #[error("the file {file} {why}")]
    File {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: Unreadable,
    },
    /// What is there can't be a secret.
    #[error("the value in {place} {why}")]
    Value {
        /// The file, variable or field.
        place: String,
        /// What is wrong with it.
        why: BadValue,
    },
    /// What is there can't be a certificate with its key.
    #[error("the text in {place} {why}")]
    Certificate {
        /// The file, variable or field.
        place: String,
        /// What is wrong with it.
        why: BadCertificate,
    },
    /// The environment has no such variable.
    #[error("the variable {0} is not set; set it where claudetools is started")]
    NotSet(String),
    /// No vault.
    #[error("it is in the vault, and there is none; set VAULT_PATH to the vault's directory")]
    NoVault,
    /// The identities can't be read.
    #[error("{0}")]
    Identity(#[from] IdentityError),
    /// The vault's file can't be opened.
    #[error("the vault's file {file} {why}")]
    Sops {
        /// Below the vault.
        file: String,
        /// What is wrong with it.
        why: SopsError,
    },
    /// The vault's file has no such field.
    #[error("the vault's file {file} {why}")]
    Field {
        /// Below the vault.
        file: String,
        /// What is wrong with it.
        why: FieldError,
    },
}

impl Secrets {
    /// Reads the value of every secret of the policy. One that can't be read has none, and is among the errors; the
    /// others are not kept from working by it. `age` identities are looked for only where a secret is in the vault, as
    /// [`Identities::lookup`] says.
    pub fn load(policy: &Policy, places: &Places<'_>) -> (Self, Vec<SecretsError>) {
        let (mut secrets, mut errors, mut identities) = (Self::default(), Vec::new(), None);
        for (name, secret) in &policy.secrets {
            if let Err(fault) = secrets.add(name, &secret.source, places, &mut identities) {
                errors.push(SecretsError { name: name.clone(), line: secret.line, fault });
            }
        }
        (secrets, errors)
    }

    fn add(
        &mut self,
        name: &str,
        source: &SecretSource,
        places: &Places<'_>,
        identities: &mut Option<Identities>,
    ) -> Result<(), Fault> {
        let (place, bytes) = kept(source.kept(), places, identities)?;
        match source {
            SecretSource::Token(source) => {
                let key = TokenKey { proof: proof(source, place, &bytes)?, source: (**source).clone() };
                self.tokens.insert(name.to_owned(), Arc::new(key));
            }
            SecretSource::File(_) | SecretSource::Env(_) | SecretSource::Vault { .. } => {
                self.values.insert(name.to_owned(), value(place, &bytes)?);
            }
        }
        Ok(())
    }

    /// The value of one; `None` where the policy has none of that name, its value could not be read, or a server gives it.
    pub fn get(&self, name: &str) -> Option<&SecretValue> {
        self.values.get(name)
    }

    /// What one is asked for with, where a server gives it.
    pub fn token(&self, name: &str) -> Option<&Arc<TokenKey>> {
        self.tokens.get(name)
    }

    /// What takes all of them out.
    pub fn scrub(&self) -> Scrub {
        let scrub = Scrub::default();
        self.teach(&scrub);
        scrub
    }

    /// Makes a scrubber that is in use already take all of them out too.
    pub fn teach(&self, scrub: &Scrub) {
        let proofs = self.tokens.values().filter_map(|key| key.value());
        scrub.learn(self.values.values().chain(proofs).map(SecretValue::expose));
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.values).entries(&self.tokens).finish()
    }
}

fn value(place: String, bytes: &[u8]) -> Result<SecretValue, Fault> {
    SecretValue::new(bytes).map_err(|why| Fault::Value { place, why })
}

fn proof(source: &TokenSource, place: String, bytes: &[u8]) -> Result<Proof, Fault> {
    match source.way {
        TokenWay::Client { proof: TokenProof::Certificate(signature), .. } => Certificate::read(bytes, signature)
            .map(Box::new)
            .map(Proof::Certificate)
            .map_err(|why| Fault::Certificate { place, why }),
        TokenWay::Client { proof: TokenProof::Secret, .. } | TokenWay::Login { .. } => {
            value(place, bytes).map(Proof::Value)
        }
    }
}

/// What is kept in a place, and a name for it.
fn kept(
    source: &SecretSource,
    places: &Places<'_>,
    identities: &mut Option<Identities>,
) -> Result<(String, Zeroizing<Vec<u8>>), Fault> {
    Ok(match source {
        SecretSource::File(path) => {
            let path = places.base.join(path);
            let file = path.display().to_string();
            match source::read_private(&path, MOST_FILE) {
                Ok(bytes) => (file, bytes),
                Err(why) => return Err(Fault::File { file, why }),
            }
        }
        SecretSource::Env(variable) => match (places.env)(variable) {
            Some(value) => (variable.clone(), Zeroizing::new(value.into_bytes())),
            None => return Err(Fault::NotSet(variable.clone())),
        },
        SecretSource::Vault { path, field } => {
            (format!("{path}#{field}"), vault_field(path, field, places, identities)?)
        }
        SecretSource::Token(token) => return kept(&token.kept, places, identities),
    })
}

fn vault_field(
    path: &str,
    field: &str,
    places: &Places<'_>,
    identities: &mut Option<Identities>,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let vault = places.vault.ok_or(Fault::NoVault)?;
    let file = path.to_owned();
    let bytes = match source::read_below(vault, path, MOST_VAULT) {
        Ok(bytes) => bytes,
        Err(why) => return Err(Fault::File { file: vault.join(path).display().to_string(), why }),
    };
    let identities = match identities {
        Some(known) => known,
        None => identities.insert(Identities::lookup(places.env)?),
    };
    let document = match sops::decrypt(Format::of(path), &bytes, identities) {
        Ok(document) => document,
        Err(why) => return Err(Fault::Sops { file, why }),
    };
    document.secret(field).map_err(|why| Fault::Field { file, why })
}
