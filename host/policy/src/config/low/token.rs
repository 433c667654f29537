//! What `oauth` and `login` of a secret are typed as.

use serde::Deserialize;
use toml::Spanned;

use super::{Reach, Source, Word};
use crate::{LoginForm, Signature};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct OAuth {
    pub token: Word,
    pub client_id: Word,
    pub scope: Word,
    pub secret: Option<Spanned<Source>>,
    pub certificate: Option<Spanned<Source>>,
    pub signature: Option<Signature>,
    pub reach: Option<Spanned<Reach>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Login {
    pub url: Word,
    pub refresh: Option<Word>,
    pub form: Option<LoginForm>,
    pub user: Word,
    pub password: Spanned<Source>,
    pub reach: Option<Spanned<Reach>>,
}
