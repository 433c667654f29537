//! One process for each bot of Discord: two with one token would answer everything twice.

use claudetools_policy::Digest;

use crate::config::DiscordConfig;
use crate::exit::{Exit, Fatal};

/// Held while this process is the only one of its bot on this machine. The system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub(super) struct Only {
    #[cfg(target_os = "linux")]
    _name: std::os::unix::net::UnixListener,
}

impl Only {
    /// Claims the bot, or says that another process has it. The name is a digest of token and server, so that nobody
    /// learns the token from it, and it lies in no directory, so that neither the user nor the data directory matters.
    #[cfg(target_os = "linux")]
    pub(super) fn of(discord: &DiscordConfig) -> Result<Self, Fatal> {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::{SocketAddr, UnixListener};

        let bind = |name: &str| UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?);
        match bind(&name(discord)) {
            Ok(name) => Ok(Self { _name: name }),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(Fatal::new(
                Exit::Discord,
                "another claudetools on this machine runs with this DISCORD_TOKEN: stop it, or give this one a bot of its own",
            )),
            Err(error) => {
                Err(Fatal::new(Exit::Discord, format!("the bot cannot be claimed for this process: {error}")))
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(_: &DiscordConfig) -> Result<Self, Fatal> {
        Ok(Self {})
    }
}

#[cfg(target_os = "linux")]
fn name(discord: &DiscordConfig) -> String {
    let digest = Digest::of(format!("{}\0{}", discord.token, discord.api_base.as_deref().unwrap_or_default()));
    format!("claudetools-{digest}")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn bot(token: &str, api_base: Option<&str>) -> DiscordConfig {
        DiscordConfig { token: token.to_owned(), guild: None, api_base: api_base.map(str::to_owned) }
    }

    #[test]
    fn a_bot_is_claimed_once_until_it_is_let_go_of() {
        let token = uuid::Uuid::new_v4().to_string();
        let held = Only::of(&bot(&token, None)).unwrap();
        let refused = Only::of(&bot(&token, None)).unwrap_err();
        assert_eq!(refused.exit, Exit::Discord);
        insta::assert_snapshot!(refused, @"another claudetools on this machine runs with this DISCORD_TOKEN: stop it, or give this one a bot of its own");
        let _elsewhere = Only::of(&bot(&token, Some("http://127.0.0.1:1"))).unwrap();
        drop(held);
        Only::of(&bot(&token, None)).unwrap();
    }

    #[test]
    fn the_name_does_not_tell_the_token() {
        assert!(!name(&bot("secret", None)).contains("secret"));
    }
}
