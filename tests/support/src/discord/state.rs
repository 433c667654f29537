//! What the fake knows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::actors::Person;
use super::limits::Limits;
use super::permissions::{self, Overwrite, Permission};
use super::scripts::Scripts;
use super::session::Hub;
use super::{DIRECT, FORUM, GENERAL, RANDOM};

/// The first millisecond of Discord's ids.
const EPOCH_MS: u64 = 1_420_070_400_000;

/// A text channel or a thread.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Discord's number of its kind: 0 text, 1 direct, 11 thread, 15 forum.
    pub kind: u64,
    /// The channel it hangs under; a thread where there is one.
    pub parent: Option<u64>,
    /// Who began the thread.
    pub owner: u64,
    /// How often the bot renamed it.
    pub renames: usize,
    /// Archived: writing wakes it unless it is locked, too.
    pub archived: bool,
    /// Locked by a moderator.
    pub locked: bool,
    /// What it says of roles and members beyond what their roles give them.
    pub overwrites: Vec<Overwrite>,
}

/// A file that came with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: u64,
    /// Where.
    pub channel: u64,
    /// Whose.
    pub author: u64,
    /// What it says.
    pub content: String,
    /// Every text it ever had, oldest first.
    pub versions: Vec<String>,
    /// When each of them came.
    pub drawn: Vec<Instant>,
    /// Its files.
    pub uploads: Vec<Upload>,
    /// Its embeds, as sent.
    pub embeds: Value,
    /// Its components, as sent.
    pub components: Value,
    /// Its flags.
    pub flags: u64,
    /// Its nonce.
    pub nonce: Option<String>,
    /// The message it answers.
    pub reply_to: Option<u64>,
    /// Whom it notified when it was sent.
    pub pinged: Vec<u64>,
    /// Reactions of the bot.
    pub reactions: Vec<String>,
    /// When the first of them came.
    pub seen: Option<Instant>,
    /// Deleted: no longer seen by anybody.
    pub deleted: bool,
    /// Posted by a webhook.
    pub webhook: bool,
    /// Forwarded from elsewhere.
    pub forwarded: bool,
    /// When, for the fake's own clock.
    pub at: Instant,
}

/// A click or a command, and how the bot answered.
#[derive(Clone, Debug)]
pub struct Interaction {
    /// Its id.
    pub id: u64,
    /// 2 for a command, 3 for a click, 4 for one that is being typed, 5 for a form.
    pub kind: u64,
    /// Its token.
    pub token: String,
    /// Where.
    pub channel: u64,
    /// When it was sent to the bot.
    pub at: Instant,
    /// The bot was connected then. Otherwise it hears of it too late, or never: the person is told by Discord.
    pub heard: bool,
    /// When it was acknowledged, and how (the callback's type).
    pub acknowledged: Option<(Instant, u64)>,
    /// Only the person sees the answer.
    pub ephemeral: bool,
    /// What the answer says.
    pub answer: Option<String>,
    /// What was said after it.
    pub follow_ups: Vec<String>,
    /// The names and bytes of the files of all of these.
    pub files: Vec<(String, Vec<u8>)>,
    /// The answer was taken back: the next one is a message of its own.
    pub taken_back: bool,
    /// What was suggested: names.
    pub suggested: Option<Vec<String>>,
    /// Its 15 minutes are over.
    pub expired: bool,
    /// The form that it opened, as sent.
    pub form: Option<Value>,
}

/// Everything.
pub struct State {
    /// Channels and threads.
    pub channels: BTreeMap<u64, Channel>,
    /// What the roles of the bot give it, as bits.
    pub(super) bot_permissions: u64,
    /// Members of the guild.
    pub people: BTreeMap<u64, Person>,
    /// Messages, oldest first.
    pub messages: BTreeMap<u64, Message>,
    /// Messages that people pinned, oldest pin first.
    pub pins: Vec<u64>,
    /// Interactions, oldest first.
    pub interactions: BTreeMap<u64, Interaction>,
    /// The guild's commands.
    pub commands: Vec<Value>,
    /// How often the commands were written.
    pub command_writes: usize,
    /// How many commands were created.
    pub command_creates: usize,
    /// Typing indicators: where and when.
    pub typing: Vec<(u64, Instant)>,
    /// The bot's presence, as last sent.
    pub presence: Value,
    /// Requests: method, route and status.
    pub calls: Vec<(String, u16)>,
    /// Every field that a message of the bot ever had.
    pub keys: BTreeSet<String>,
    /// What the bot did wrong.
    pub problems: Vec<String>,
    /// Files that came with commands.
    pub(super) loose: Vec<Upload>,
    /// Where files are served.
    pub(super) base: String,
    pub(super) gateway_url: String,
    pub(super) hub: Hub,
    pub(super) limits: Limits,
    pub(super) scripts: Scripts,
    /// Messages are posted twice although their nonce is the same.
    pub(super) forgets_nonces: bool,
    /// Tells of no thread what channel it belongs to.
    pub(super) hides_parents: bool,
    last_id: u64,
}

impl Channel {
    pub(super) fn text(id: u64, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            kind: 0,
            parent: None,
            owner: 0,
            renames: 0,
            archived: false,
            locked: false,
            overwrites: Vec::new(),
        }
    }
}

impl Channel {
    pub(super) fn thread(id: u64, name: &str, parent: u64, owner: u64) -> Self {
        Self { kind: 11, parent: Some(parent), owner, ..Self::text(id, name) }
    }
}

impl Message {
    pub(super) fn new(id: u64, channel: u64, author: u64, content: &str) -> Self {
        Self {
            id,
            channel,
            author,
            content: content.to_owned(),
            versions: vec![content.to_owned()],
            drawn: vec![Instant::now()],
            uploads: Vec::new(),
            embeds: Value::Array(Vec::new()),
            components: Value::Array(Vec::new()),
            flags: 0,
            nonce: None,
            reply_to: None,
            pinged: Vec::new(),
            reactions: Vec::new(),
            seen: None,
            deleted: false,
            webhook: false,
            forwarded: false,
            at: Instant::now(),
        }
    }

    /// Its menus, as sent.
    pub fn menus(&self) -> Vec<Value> {
        let rows = self.components.as_array().map_or(&[][..], Vec::as_slice);
        let all = rows.iter().flat_map(|row| row["components"].as_array().cloned().unwrap_or_default());
        all.filter(|component| component["type"] == 3).collect()
    }

    /// Its buttons: label and custom id; disabled ones are left out.
    pub fn buttons(&self) -> Vec<(String, String)> {
        let rows = self.components.as_array().map_or(&[][..], Vec::as_slice);
        rows.iter()
            .flat_map(|row| row["components"].as_array().cloned().unwrap_or_default())
            .filter(|component| component["type"] != 3 && component["disabled"] != true)
            .map(|button| {
                let text = |key: &str| button[key].as_str().unwrap_or_default().to_owned();
                (text("label"), text("custom_id"))
            })
            .collect()
    }
}

impl State {
    pub(super) fn new(base: String, gateway_url: String) -> Self {
        let people = [Person::alice(), Person::bob(), Person::mallory(), Person::bot()];
        let forum = Channel { kind: 15, ..Channel::text(FORUM, "helpdesk") };
        let direct = Channel { kind: 1, ..Channel::text(DIRECT, "direct") };
        let channels = [Channel::text(GENERAL, "general"), Channel::text(RANDOM, "random"), forum, direct];
        Self {
            channels: channels.into_iter().map(|channel| (channel.id, channel)).collect(),
            bot_permissions: permissions::granted(),
            people: people.into_iter().map(|person| (person.id, person)).collect(),
            messages: BTreeMap::new(),
            pins: Vec::new(),
            interactions: BTreeMap::new(),
            commands: Vec::new(),
            command_writes: 0,
            command_creates: 0,
            typing: Vec::new(),
            presence: Value::Null,
            calls: Vec::new(),
            keys: BTreeSet::new(),
            problems: Vec::new(),
            loose: Vec::new(),
            base,
            gateway_url,
            hub: Hub::default(),
            limits: Limits::default(),
            scripts: Scripts::default(),
            forgets_nonces: false,
            hides_parents: false,
            last_id: 0,
        }
    }

    /// The messages that stand in a channel, oldest first.
    pub fn standing(&self, channel: u64) -> impl Iterator<Item = &Message> {
        self.messages.values().filter(move |message| message.channel == channel && !message.deleted)
    }

    /// The bot's messages that stand in a channel, oldest first.
    pub fn by_bot(&self, channel: u64) -> impl Iterator<Item = &Message> {
        self.standing(channel).filter(|message| message.author == super::BOT)
    }

    /// A channel as a person reads it: one paragraph a message.
    pub fn transcript(&self, channel: u64) -> String {
        let lines: Vec<String> = self.standing(channel).map(|message| self.line(message)).collect();
        lines.join("\n")
    }

    fn line(&self, message: &Message) -> String {
        let name = |id: &u64| self.people.get(id).map_or("somebody", |person| person.name.as_str());
        let mut line = format!("{}: {}", name(&message.author), message.content);
        for person in &message.pinged {
            line.push_str(&format!(" (pings {})", name(person)));
        }
        for upload in &message.uploads {
            line.push_str(&format!(" [file {}, {} bytes]", upload.name, upload.data.len()));
        }
        for (label, _) in message.buttons() {
            line.push_str(&format!(" [{label}]"));
        }
        line
    }

    /// How often the bot identified.
    pub fn identifies(&self) -> usize {
        self.hub.identifies
    }

    /// Notes something the bot did wrong.
    pub(super) fn problem(&mut self, what: impl Into<String>) {
        self.problems.push(what.into());
    }

    /// A new id: unique, growing, and of the right time.
    pub(super) fn new_id(&mut self) -> u64 {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since_1970.as_millis()).unwrap_or(EPOCH_MS);
        self.last_id = (ms.saturating_sub(EPOCH_MS) << 22).max(self.last_id + 1);
        self.last_id
    }

    pub(super) fn may(&self, channel: u64, permission: Permission) -> bool {
        permissions::may(self, channel, permission)
    }
}

/// The time of an id, as Discord writes it.
pub(super) fn timestamp(id: u64) -> String {
    let at = time::OffsetDateTime::UNIX_EPOCH + Duration::from_millis((id >> 22) + EPOCH_MS);
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}
