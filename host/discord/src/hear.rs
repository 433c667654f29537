//! From a message to a decision: is it for the bot, and why not.

use std::collections::BTreeSet;

use claudetools_policy::{Code, Refusal};
use serde_json::Value;
use serenity::model::channel::{Message, MessageReferenceKind, MessageType};

use crate::wire;

/// A message, as the gateway or REST tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) id: u64,
    pub(crate) channel: u64,
    /// None in a direct message, and in what REST lists.
    pub(crate) guild: Option<u64>,
    pub(crate) author: u64,
    /// As the server calls them, or as they call themselves.
    pub(crate) author_name: String,
    /// By a bot, a webhook or Discord itself.
    pub(crate) by: Author,
    /// Copied from somewhere else by its author.
    pub(crate) forwarded: bool,
    /// Its text is not what was first said.
    pub(crate) edited: bool,
    /// Neither a plain message nor a reply: a join, a pin, a boost.
    pub(crate) special: bool,
    /// Role ids of the author, from the same event; REST does not tell them.
    pub(crate) roles: Option<BTreeSet<u64>>,
    pub(crate) text: String,
    /// When it was written, RFC 3339.
    pub(crate) at: String,
    pub(crate) files: Vec<Remote>,
    /// The message that it answers, where that still stands.
    pub(crate) answers: Option<Box<Heard>>,
    /// Whether nobody listened when it was said.
    pub(crate) late: Late,
}

/// Whether nobody listened when a message was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Late {
    /// It was heard as it was said.
    #[default]
    No,
    /// It was missed, and is answered now.
    Missed(Rest),
    /// It was missed so long ago that an answer would be a surprise.
    Stale(Rest),
}

/// Whether more of the same kind follow in the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    More,
    Last,
}

/// Who wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Author {
    /// A person.
    #[default]
    Person,
    /// A program: a bot, a webhook, Discord itself.
    Program,
}

/// A file at Discord.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) size: u64,
    pub(crate) media_type: Option<String>,
}

/// Where it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A channel: a mention begins a thread.
    Channel,
    /// A thread that the bot began: what is said there is said to the bot.
    OwnThread,
    /// Somebody's thread: the bot must be mentioned.
    OtherThread,
    /// A direct message: nobody has a role there.
    Direct,
    /// A voice channel, another guild.
    Elsewhere,
}

/// What a message is to the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It begins a thread.
    Opens,
    /// It belongs to the thread it was said in.
    Joins,
    /// It is for the bot, and says nothing.
    Empty,
    /// It is said where the bot does not work.
    Astray,
    /// It is not for the bot.
    Ignored(Why),
}

/// Why a message is not for the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Program,
    Special,
    Forwarded,
    Edited,
    Elsewhere,
    NotMentioned,
    ToOthers,
}

impl Why {
    /// The refusal that it is, where whoever speaks to the bot is nobody.
    pub(crate) fn refusal(self) -> Option<Refusal> {
        (self == Self::Program).then(|| Refusal::new(Code::CallerBot, "Bots and webhooks are not answered."))
    }
}

/// Decides what a message is to the bot with the user id `me`.
///
/// A mention counts only where it stands in the text: answering a message of the bot mentions it in the event, too,
/// and so does `@everyone` in a client; neither is addressed to it.
pub(crate) fn judge(heard: &Heard, place: Place, me: u64) -> Verdict {
    let ids = mentions(&heard.text);
    let mentioned = ids.contains(&me);
    let why = if heard.by == Author::Program || heard.author == me {
        Some(Why::Program)
    } else if heard.special {
        Some(Why::Special)
    } else if heard.forwarded {
        Some(Why::Forwarded)
    } else if heard.edited {
        Some(Why::Edited)
    } else if place == Place::Elsewhere {
        Some(Why::Elsewhere)
    } else if place == Place::OwnThread && !mentioned && !ids.is_empty() {
        Some(Why::ToOthers)
    } else if !matches!(place, Place::OwnThread | Place::Direct) && !mentioned {
        Some(Why::NotMentioned)
    } else {
        None
    };
    match (why, place) {
        (Some(why), _) => Verdict::Ignored(why),
        (None, Place::Direct) => Verdict::Astray,
        (None, _) if said(&heard.text, me).is_empty() && heard.files.is_empty() => Verdict::Empty,
        (None, Place::Channel) => Verdict::Opens,
        (None, _) => Verdict::Joins,
    }
}

/// The text without the mentions of the bot.
pub(crate) fn said(text: &str, me: u64) -> String {
    text.replace(&format!("<@{me}>"), "").replace(&format!("<@!{me}>"), "").trim().to_owned()
}

/// Users that a text mentions.
fn mentions(text: &str) -> Vec<u64> {
    let pieces = text.split("<@").skip(1);
    pieces.filter_map(|piece| piece.split_once('>')?.0.trim_start_matches('!').parse().ok()).collect()
}

impl From<&Message> for Heard {
    fn from(message: &Message) -> Self {
        let program = message.author.bot || message.author.system || message.webhook_id.is_some();
        let reference = message.message_reference.as_ref();
        let forwarded = reference.is_some_and(|reference| reference.kind == MessageReferenceKind::Forward);
        let member = message.member.as_ref();
        Self {
            id: message.id.get(),
            channel: message.channel_id.get(),
            guild: message.guild_id.map(|id| id.get()),
            author: message.author.id.get(),
            author_name: member
                .and_then(|member| member.nick.clone())
                .or_else(|| message.author.global_name.clone())
                .unwrap_or_else(|| message.author.name.clone()),
            by: if program { Author::Program } else { Author::Person },
            forwarded: forwarded || !message.message_snapshots.is_empty(),
            edited: message.edited_timestamp.is_some(),
            special: !matches!(message.kind, MessageType::Regular | MessageType::InlineReply),
            roles: member.map(|member| member.roles.iter().map(|role| role.get()).collect()),
            text: message.content.clone(),
            at: message.timestamp.to_string(),
            files: message.attachments.iter().map(Remote::from).collect(),
            late: Late::No,
            answers: message.referenced_message.as_deref().map(|answered| Box::new(Self::from(answered))),
        }
    }
}

impl From<&serenity::model::channel::Attachment> for Remote {
    fn from(file: &serenity::model::channel::Attachment) -> Self {
        Self {
            name: file.filename.clone(),
            url: file.url.clone(),
            size: file.size.into(),
            media_type: file.content_type.clone(),
        }
    }
}

impl Heard {
    /// Whether its text mentions a user.
    pub(crate) fn mentions(&self, user: u64) -> bool {
        mentions(&self.text).contains(&user)
    }

    /// A message as REST lists it; `None` where it has no id, channel or author.
    pub(crate) fn listed(message: &Value) -> Option<Self> {
        let author = &message["author"];
        let program = author["bot"] == true || author["system"] == true || wire::id(&message["webhook_id"]).is_some();
        let name = [&author["global_name"], &author["username"]].into_iter().find_map(Value::as_str);
        let snapshots = !wire::list(&message["message_snapshots"]).is_empty();
        Some(Self {
            id: wire::id(&message["id"])?,
            channel: wire::id(&message["channel_id"])?,
            guild: wire::id(&message["guild_id"]),
            author: wire::id(&author["id"])?,
            author_name: name.unwrap_or("somebody").to_owned(),
            by: if program { Author::Program } else { Author::Person },
            forwarded: snapshots || message["message_reference"]["type"] == 1,
            edited: !message["edited_timestamp"].is_null(),
            special: !matches!(message["type"].as_u64(), Some(0 | 19) | None),
            roles: None,
            text: wire::text(&message["content"]).to_owned(),
            at: wire::text(&message["timestamp"]).to_owned(),
            files: wire::list(&message["attachments"]).iter().map(Remote::listed).collect(),
            late: Late::No,
            // Only one message deep: the one that is answered does not tell of another.
            answers: Self::listed(&message["referenced_message"]).map(Box::new),
        })
    }
}

impl Remote {
    fn listed(file: &Value) -> Self {
        Self {
            name: wire::text(&file["filename"]).to_owned(),
            url: wire::text(&file["url"]).to_owned(),
            size: file["size"].as_u64().unwrap_or(0),
            media_type: file["content_type"].as_str().map(str::to_owned),
        }
    }
}

#[cfg(test)]
#[path = "hear_tests.rs"]
mod tests;
