//! A channel as JSON, for whoever wants to look at it.

use serde_json::{Value, json};

use super::actors::Person;
use super::state::{Interaction, Message, State, timestamp};
use super::{FakeDiscord, ROLE_ADMIN, ROLE_REVIEWER, ROLE_TECH};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Larger files are named, not shown.
const MOST_SHOWN: usize = 1 << 20;

impl FakeDiscord {
    /// What a person sees in a channel, oldest first, with the names of whatever can be mentioned:
    ///
    /// `{"channel": "general", "names": {"<@1>": "@alice", …}, "messages": [{"author": {"name", "bot"}, "at", "content",
    /// "edited", "reply": {"name", "content"} | null, "embeds": […], "components": […], "reactions": ["👀"],
    /// "files": [{"name", "size", "data": base64 | null}], "ephemeral": false}]}`.
    ///
    /// The bot's answers to clicks and commands stand among the messages, with `ephemeral` where one person sees them.
    pub fn dump(&self, channel: u64) -> Value {
        self.see(|state| state.dump(channel))
    }
}

impl State {
    fn dump(&self, channel: u64) -> Value {
        let messages = self.standing(channel).map(|message| (message.id, self.shown(message)));
        let answers = self.interactions.values().filter(|found| found.channel == channel);
        let answers = answers.filter_map(|found| Some((found.id, self.answered(found)?)));
        let mut all: Vec<(u64, Value)> = messages.chain(answers).collect();
        all.sort_by_key(|(id, _)| *id);
        json!({
            "channel": self.channels.get(&channel).map_or("", |place| place.name.as_str()),
            "names": self.names(),
            "messages": all.into_iter().map(|(_, message)| message).collect::<Vec<_>>(),
        })
    }

    /// What a mention of each person, role and channel is shown as.
    fn names(&self) -> Value {
        let people = self.people.values().map(|person| (format!("<@{}>", person.id), format!("@{}", person.name)));
        let roles = [(ROLE_TECH, "tech"), (ROLE_ADMIN, "admin"), (ROLE_REVIEWER, "reviewer")];
        let roles = roles.into_iter().map(|(id, name)| (format!("<@&{id}>"), format!("@{name}")));
        let channels = self.channels.values().map(|place| (format!("<#{}>", place.id), format!("#{}", place.name)));
        people.chain(roles).chain(channels).map(|(mention, name)| (mention, json!(name))).collect()
    }

    fn shown(&self, message: &Message) -> Value {
        let answered = message.reply_to.and_then(|id| self.messages.get(&id));
        json!({
            "author": self.author(message.author),
            "at": timestamp(message.id),
            "content": message.content,
            "edited": message.versions.len() > 1,
            "reply": answered.map(|found| json!({"name": self.author(found.author)["name"], "content": found.content})),
            "embeds": message.embeds,
            "components": message.components,
            "reactions": message.reactions,
            "files": message.uploads.iter().map(file).collect::<Vec<_>>(),
            "ephemeral": message.flags & (1 << 6) != 0,
        })
    }

    fn answered(&self, found: &Interaction) -> Option<Value> {
        let content = found.answer.as_ref()?;
        Some(json!({
            "author": self.author(Person::bot().id), "at": timestamp(found.id), "content": content, "edited": false,
            "reply": null, "embeds": [], "components": [], "reactions": [], "files": [], "ephemeral": found.ephemeral,
        }))
    }

    fn author(&self, id: u64) -> Value {
        let person = self.people.get(&id);
        json!({"name": person.map_or("somebody", |person| &person.name), "bot": person.is_some_and(|person| person.bot)})
    }
}

fn file(upload: &super::Upload) -> Value {
    let data = (upload.data.len() <= MOST_SHOWN).then(|| STANDARD.encode(&upload.data));
    json!({"name": upload.name, "size": upload.data.len(), "data": data})
}
