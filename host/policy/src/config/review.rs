//! `[review]`: how plugins are reviewed.

#[cfg(test)]
mod tests;

use minisign_verify::PublicKey;

use super::check::check_snowflake;
use super::low::{self, Word};
use super::place::{Fault, distinct};

/// `[review]`: where and by whom plugins may be approved, besides the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Whether members of the role `reviewer` may approve from chat and console. Default no.
    pub in_chat: bool,
    /// The Discord channel that gets a card for every plugin in quarantine.
    pub channel: Option<String>,
    /// Minisign public keys; where there are some, every approval must be signed by one of them.
    pub keys: Vec<String>,
}

pub(super) fn review(typed: low::Review, has_role: impl Fn(&str) -> bool) -> Result<Review, Fault> {
    if let Some(in_chat) = typed.in_chat.as_ref().filter(|in_chat| *in_chat.as_ref())
        && !has_role("reviewer")
    {
        return Err(Fault::at(in_chat, "nobody could approve in chat; make a role `reviewer` under [roles] first"));
    }
    if let Some(channel) = &typed.channel {
        check_snowflake(channel, "Discord channel")?;
    }
    typed.keys.iter().try_for_each(check_key)?;
    Ok(Review {
        in_chat: typed.in_chat.is_some_and(toml::Spanned::into_inner),
        channel: typed.channel.map(toml::Spanned::into_inner),
        keys: distinct(typed.keys)?,
    })
}

fn check_key(key: &Word) -> Result<(), Fault> {
    let is_key = PublicKey::from_base64(key.as_ref()).is_ok();
    let message =
        || format!("`{}` is not a public key of minisign; expected the second line of `minisign.pub`", key.as_ref());
    if is_key { Ok(()) } else { Err(Fault::at(key, message())) }
}
