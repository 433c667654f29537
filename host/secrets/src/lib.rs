//! Secret values: where they come from, and how they are kept out of everything else.
//!
//! This crate reads the values that `[secrets]` of `plugins.toml` names and takes them out of whatever goes to a guest,
//! the model or the chat. It does not decide where a secret may go (that is `claudetools-policy`) and it does not put one
//! into a request (that is `claudetools-egress`). It reads no environment of its own.
//!
//! - [`Secrets`]: the values by name, read from files, variables and the vault by [`Secrets::load`].
//! - [`SecretValue`]: one of them; nothing prints it, and it is overwritten when it is dropped.
//! - [`TokenKey`]: what a token is asked for with; [`Certificate`] signs for it.
//! - [`Scrub`] and [`StreamScrub`]: take known values out of texts and of streams, in every usual form.
//! - [`sops`]: opens the files of the vault, for `age` identities only; it never encrypts.
//!
//! Start reading at [`Secrets::load`].

#![forbid(unsafe_code)]

mod certificate;
mod load;
mod scrub;
pub mod sops;
mod source;
mod token;
mod value;

pub use certificate::{BadCertificate, Certificate};
pub use load::{Fault, Places, Secrets, SecretsError};
pub use scrub::{Scrub, StreamScrub, tail};
pub use source::Unreadable;
pub use token::{Proof, TokenKey};
pub use value::{BadValue, SecretValue};
