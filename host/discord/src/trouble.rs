//! What an error of Discord's means for the person who runs the bot.

use std::time::Duration;

use claudetools_chat::DeliveryError;

use crate::body::Body;
use crate::core::Core;
use crate::rest::RestError;
use crate::words;

/// Discord's codes that are acted on.
pub(crate) const UNKNOWN_CHANNEL: u32 = 10003;
pub(crate) const UNKNOWN_MESSAGE: u32 = 10008;
/// Too many edits of a message that is older than an hour; edits of others go on.
pub(crate) const OLD_MESSAGE: u32 = 30046;
pub(crate) const MISSING_ACCESS: u32 = 50001;
pub(crate) const MISSING_PERMISSIONS: u32 = 50013;
pub(crate) const ARCHIVED: u32 = 50083;
pub(crate) const HAS_THREAD: u32 = 160_004;

/// Whether the bot was refused for want of a permission.
pub(crate) fn lacks(error: &RestError) -> bool {
    matches!(error.code(), Some(MISSING_PERMISSIONS | MISSING_ACCESS))
}

impl Core {
    /// One sentence that says what is missing where. For a permission the people who run the bot hear it once for each
    /// place: in the log, and in the channel where plugins are reviewed.
    pub(crate) async fn explained(&self, error: &RestError, deed: Deed, channel: u64) -> String {
        let why = explain(error, deed, channel);
        let review = self.settings.review.as_ref().map(|review| review.channel).filter(|review| *review != channel);
        if lacks(error) && self.complaints().insert(why.clone()) {
            tracing::warn!(channel, "{why}");
            if let Some(review) = review {
                self.complain(review, &why, deed, channel).await;
            }
        }
        why
    }

    async fn complain(&self, review: u64, why: &str, deed: Deed, channel: u64) {
        let nonce = format!("lack-{channel:x}-{}", deed as u8);
        let text = format!("Somebody has to help me: {why}.");
        let body = Body::create(&words::line(&text, self.chat.guard()), &nonce);
        if let Err(error) = self.rest.post(review, &body, &[]).await {
            tracing::warn!(%error, "what is missing can't be said in the channel where plugins are reviewed");
        }
    }
}

/// Time until the next try where Discord named none.
const SOON: Duration = Duration::from_secs(5);

/// What the bot was about to do, and the permissions it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Write in a thread.
    Write,
    /// Write in a thread, with files.
    Upload,
    /// Write in a channel.
    WriteInChannel,
    /// Begin a thread.
    BeginThread,
    /// React to a message.
    React,
    /// Read what was said before.
    ReadHistory,
    /// Wake an archived thread.
    Unarchive,
}

impl Deed {
    fn permissions(self) -> &'static str {
        match self {
            Self::Write => "Send Messages in Threads",
            Self::Upload => "Send Messages in Threads and Attach Files",
            Self::WriteInChannel => "Send Messages",
            Self::BeginThread => "Create Public Threads",
            Self::React => "Add Reactions and Read Message History",
            Self::ReadHistory => "Read Message History",
            Self::Unarchive => "Manage Threads",
        }
    }
}

impl RestError {
    pub(crate) fn code(&self) -> Option<u32> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::Limited { .. } | Self::Unclear { .. } => None,
        }
    }

    /// Whether trying again later makes sense.
    pub(crate) fn may_pass(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    /// As the desk takes it: later, or never.
    pub(crate) fn into_delivery(self, deed: Deed, channel: u64) -> DeliveryError {
        match self {
            Self::Limited { after } => DeliveryError::Later { after, why: self.to_string() },
            Self::Unclear { .. } => DeliveryError::Later { after: SOON, why: self.to_string() },
            Self::Refused { .. } => DeliveryError::Never { why: explain(&self, deed, channel) },
        }
    }
}

/// One sentence that says what is missing where; a permission is named.
pub(crate) fn explain(error: &RestError, deed: Deed, channel: u64) -> String {
    match error.code() {
        Some(MISSING_PERMISSIONS) => {
            let permissions = deed.permissions();
            format!(
                "the bot lacks a permission in <#{channel}>: {permissions} (Server Settings, Roles, or the channel's own permissions)"
            )
        }
        Some(MISSING_ACCESS) => {
            format!("the bot cannot see <#{channel}>: give it View Channel there")
        }
        Some(UNKNOWN_CHANNEL) => format!("<#{channel}> is gone"),
        Some(ARCHIVED) => format!("<#{channel}> is archived and locked"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: u32) -> RestError {
        RestError::Refused { status, code, message: "No.".to_owned() }
    }

    #[test]
    fn a_missing_permission_is_named() {
        insta::assert_snapshot!(explain(&refused(403, MISSING_PERMISSIONS), Deed::BeginThread, 7), @"the bot lacks a permission in <#7>: Create Public Threads (Server Settings, Roles, or the channel's own permissions)");
        insta::assert_snapshot!(explain(&refused(403, MISSING_ACCESS), Deed::Write, 7), @"the bot cannot see <#7>: give it View Channel there");
        insta::assert_snapshot!(explain(&refused(400, 50035), Deed::Write, 7), @"Discord answered 400, code 50035: No.");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let never = refused(404, UNKNOWN_CHANNEL).into_delivery(Deed::Write, 7);
        assert_eq!(never, DeliveryError::Never { why: "<#7> is gone".to_owned() });
        let after = Duration::from_secs(90);
        assert!(
            matches!(RestError::Limited { after }.into_delivery(Deed::Write, 7), DeliveryError::Later { after: told, .. } if told == after)
        );
        let unclear = RestError::Unclear { why: "x".to_owned() };
        assert!(matches!(unclear.into_delivery(Deed::Write, 7), DeliveryError::Later { .. }));
    }
}
