//! People, and what they do.

use super::session::mention_ids;
use super::state::{Channel, Interaction, Message, Upload};
use super::{BOT, FakeDiscord, GUILD, ROLE_ADMIN, ROLE_BOT, ROLE_REVIEWER, ROLE_TECH, State, events};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A member of the guild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: u64,
    /// Their name.
    pub name: String,
    /// Their roles' ids.
    pub roles: Vec<u64>,
    /// Another program.
    pub bot: bool,
    /// What the server calls them.
    pub nick: Option<String>,
}

/// How something is said.
#[derive(Clone, Debug, Default)]
pub struct Say {
    /// The text; `@claude` in it becomes a mention of the bot.
    pub text: String,
    /// The message it answers. Answering a message of the bot pings the bot without any mention in the text.
    pub reply_to: Option<u64>,
    /// Files: name, media type, bytes.
    pub files: Vec<(String, String, Vec<u8>)>,
    /// Said by a webhook under the person's name.
    pub webhook: bool,
    /// Forwarded from elsewhere.
    pub forwarded: bool,
}

impl Person {
    fn member(id: u64, name: &str, roles: &[u64]) -> Self {
        Self { id, name: name.to_owned(), roles: roles.to_vec(), bot: false, nick: None }
    }

    /// A technician.
    pub fn alice() -> Self {
        Self::member(1_100_000_000_000_000_041, "alice", &[ROLE_TECH])
    }

    /// An administrator.
    pub fn bob() -> Self {
        Self::member(1_100_000_000_000_000_042, "bob", &[ROLE_ADMIN])
    }

    /// A technician who reviews plugins.
    pub fn carol() -> Self {
        Self::member(1_100_000_000_000_000_045, "carol", &[ROLE_TECH, ROLE_REVIEWER])
    }

    /// Somebody without a role.
    pub fn mallory() -> Self {
        Self::member(1_100_000_000_000_000_043, "mallory", &[])
    }

    /// The bot itself.
    pub fn bot() -> Self {
        Self { bot: true, ..Self::member(BOT, "claude", &[ROLE_BOT]) }
    }

    /// The same person under a name of the server's.
    pub fn called(self, nick: &str) -> Self {
        Self { nick: Some(nick.to_owned()), ..self }
    }

    /// Another bot, with a technician's role.
    pub fn other_bot() -> Self {
        Self { bot: true, ..Self::member(1_100_000_000_000_000_044, "beep", &[ROLE_TECH]) }
    }
}

impl From<&str> for Say {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }
}

impl State {
    fn said(&mut self, person: &Person, channel: u64, say: Say) -> u64 {
        self.people.insert(person.id, person.clone());
        let id = self.new_id();
        let text = say.text.replace("@claude", &format!("<@{BOT}>"));
        let mut message = Message::new(id, channel, person.id, &text);
        (message.reply_to, message.webhook, message.forwarded) = (say.reply_to, say.webhook, say.forwarded);
        for (name, media_type, data) in say.files {
            message.uploads.push(Upload { id: self.new_id(), name, media_type, data });
        }
        self.messages.insert(id, message);
        events::message_created(self, id);
        id
    }

    pub(super) fn said_before(&mut self, person: &Person, channel: u64, text: &str, ago: Duration) -> u64 {
        let before = u64::try_from(ago.as_millis()).unwrap_or_default() << 22;
        let id = self.new_id() - before;
        let text = text.replace("@claude", &format!("<@{BOT}>"));
        self.people.insert(person.id, person.clone());
        self.messages.insert(id, Message::new(id, channel, person.id, &text));
        id
    }

    fn interact(&mut self, person: &Person, origin: Origin, kind: u64, data: Value) -> u64 {
        self.people.insert(person.id, person.clone());
        let id = self.new_id();
        let mut interaction = Interaction {
            id,
            kind,
            token: format!("interaction-token-{id}"),
            channel: origin.channel,
            at: Instant::now(),
            heard: false,
            acknowledged: None,
            ephemeral: false,
            answer: None,
            follow_ups: Vec::new(),
            files: Vec::new(),
            taken_back: false,
            suggested: None,
            expired: false,
            form: None,
        };
        interaction.heard = events::interaction(self, &interaction, person, &origin, data);
        self.interactions.insert(id, interaction);
        id
    }

    /// An option as a client sends it: of the type that the command was registered with; text where it was not.
    fn option(&self, command: &str, name: &str, value: &str) -> Value {
        let command = self.commands.iter().find(|registered| registered["name"] == command);
        let options = command.and_then(|command| command["options"].as_array());
        let kind = options.into_iter().flatten().find(|option| option["name"] == name).map(|option| &option["type"]);
        match (kind.and_then(Value::as_u64), value.parse::<i64>()) {
            (Some(4), Ok(count)) => json!({"name": name, "type": 4, "value": count}),
            _ => json!({"name": name, "type": 3, "value": value}),
        }
    }

    fn typed(&self, name: &str, options: &[(&str, &str)]) -> Value {
        let options: Vec<Value> = options.iter().map(|(option, value)| self.option(name, option, value)).collect();
        json!({"id": "1", "name": name, "type": 1, "guild_id": GUILD.to_string(), "options": options})
    }
}

/// Where an interaction comes from.
pub(super) struct Origin {
    pub(super) channel: u64,
    /// None in a direct message.
    pub(super) guild: Option<u64>,
    /// The message whose button was clicked.
    pub(super) message: Option<u64>,
}

impl Origin {
    fn channel(channel: u64) -> Self {
        Self { channel, guild: Some(GUILD), message: None }
    }
}

impl FakeDiscord {
    /// A person says something. Answers with the message's id.
    pub fn says(&self, person: &Person, channel: u64, say: impl Into<Say>) -> u64 {
        self.change(|state| state.said(person, channel, say.into()))
    }

    /// As [`FakeDiscord::says`], in a direct message to the bot.
    pub fn says_in_private(&self, person: &Person, text: &str) -> u64 {
        let text = text.replace("@claude", &format!("<@{BOT}>"));
        self.change(|state| {
            state.people.insert(person.id, person.clone());
            events::direct_message(state, person, &text)
        })
    }

    /// A person mentions the bot (`@claude`) in a guild that is not the fake's own.
    pub fn says_in_another_guild(&self, person: &Person, text: &str) -> u64 {
        let text = text.replace("@claude", &format!("<@{BOT}>"));
        self.change(|state| events::message_in_another_guild(state, person, &text))
    }

    /// A person reacts to a message.
    pub fn reacts(&self, person: &Person, message: u64, emoji: &str) {
        self.change(|state| events::reaction_added(state, person, message, emoji));
    }

    /// A person pins a message.
    pub fn pins(&self, message: u64) {
        self.change(|state| state.pins.push(message));
    }

    /// A person edits a message.
    pub fn edits(&self, message: u64, text: &str) {
        self.change(|state| {
            let Some(found) = state.messages.get_mut(&message) else {
                return;
            };
            found.content = text.replace("@claude", &format!("<@{BOT}>"));
            found.versions.push(found.content.clone());
            found.drawn.push(Instant::now());
            events::message_changed(state, message);
        });
    }

    /// A person begins a thread of their own under a channel. Answers with its id.
    pub fn opens_thread(&self, person: &Person, channel: u64, name: &str) -> u64 {
        self.change(|state| {
            state.people.insert(person.id, person.clone());
            let id = state.new_id();
            state.channels.insert(id, Channel::thread(id, name, channel, person.id));
            events::thread_created(state, id);
            id
        })
    }

    /// A person writes a post into a forum: a thread with their message in it, of the same id, which is answered.
    pub fn posts(&self, person: &Person, forum: u64, name: &str, text: &str) -> u64 {
        self.change(|state| {
            state.people.insert(person.id, person.clone());
            let id = state.new_id();
            state.channels.insert(id, Channel::thread(id, name, forum, person.id));
            events::thread_created(state, id);
            let text = text.replace("@claude", &format!("<@{BOT}>"));
            state.messages.insert(id, Message::new(id, id, person.id, &text));
            events::message_created(state, id);
            id
        })
    }

    /// The bot's message vanishes: a moderator deletes it.
    pub fn deletes(&self, message: u64) {
        self.change(|state| {
            let Some(found) = state.messages.get_mut(&message) else { return };
            found.deleted = true;
            let channel = found.channel;
            events::message_deleted(state, channel, message);
        });
    }

    /// A person clicks a button. Panics when no such button stands anywhere. Answers with the interaction's id.
    pub fn click(&self, person: &Person, custom_id: &str) -> u64 {
        let on = self.see(|state| {
            let mut standing = state.messages.values().filter(|message| !message.deleted);
            standing
                .find(|message| message.buttons().iter().any(|(_, id)| id == custom_id))
                .map(|message| (message.id, message.channel))
        });
        let Some((message, channel)) = on else { panic!("there is no button `{custom_id}`") };
        self.forge_click(person, custom_id, message, channel)
    }

    /// A click that claims to come from any button on any message.
    pub fn forge_click(&self, person: &Person, custom_id: &str, message: u64, channel: u64) -> u64 {
        let data = json!({"custom_id": custom_id, "component_type": 2});
        let origin = Origin { message: Some(message), ..Origin::channel(channel) };
        self.change(|state| state.interact(person, origin, 3, data))
    }

    /// A person chooses rows of a menu, by their labels. Panics when no such menu or row stands anywhere. Answers with the
    /// interaction's id.
    pub fn chooses(&self, person: &Person, custom_id: &str, labels: &[&str]) -> u64 {
        let found = self.see(|state| {
            let mut standing = state.messages.values().filter(|message| !message.deleted);
            standing.find_map(|message| {
                let menu = message.menus().into_iter().find(|menu| menu["custom_id"] == custom_id)?;
                Some((message.id, message.channel, menu))
            })
        });
        let Some((message, channel, menu)) = found else { panic!("there is no menu `{custom_id}`") };
        let options = menu["options"].as_array().cloned().unwrap_or_default();
        let value = |label: &&str| {
            let option = options.iter().find(|option| option["label"] == **label);
            option.unwrap_or_else(|| panic!("no row {label:?}: {menu}"))["value"].clone()
        };
        let values: Vec<_> = labels.iter().map(value).collect();
        let data = json!({"custom_id": custom_id, "component_type": 3, "values": values});
        let origin = Origin { message: Some(message), ..Origin::channel(channel) };
        self.change(|state| state.interact(person, origin, 3, data))
    }

    /// A person fills in the form that a click opened, and sends it: a value for each of its fields, in their order.
    pub fn fills_in(&self, person: &Person, click: u64, values: &[&str]) -> u64 {
        let (form, channel) = self.see(|state| {
            let click = &state.interactions[&click];
            (click.form.clone(), click.channel)
        });
        let Some(form) = form else { panic!("the click opened no form") };
        let rows = form["components"].as_array().cloned().unwrap_or_default();
        assert_eq!(rows.len(), values.len(), "the form has other fields: {form}");
        let row = |(row, value): (&Value, &&str)| {
            let id = &row["components"][0]["custom_id"];
            json!({"type": 1, "id": 1, "components": [{"type": 4, "id": 2, "custom_id": id, "value": value}]})
        };
        let filled: Vec<_> = rows.iter().zip(values).map(row).collect();
        let data = json!({"custom_id": form["custom_id"], "components": filled});
        self.change(|state| state.interact(person, Origin::channel(channel), 5, data))
    }

    /// A person types a command with options. Answers with the interaction's id.
    pub fn slash(&self, person: &Person, channel: u64, name: &str, options: &[(&str, &str)]) -> u64 {
        self.change(|state| {
            let data = state.typed(name, options);
            state.interact(person, Origin::channel(channel), 2, data)
        })
    }

    /// As [`FakeDiscord::slash`], with a file (name, media type, bytes) in an option of its own.
    pub fn slash_with_file(
        &self,
        person: &Person,
        channel: u64,
        name: &str,
        options: &[(&str, &str)],
        (option, file): (&str, (&str, &str, &[u8])),
    ) -> u64 {
        self.change(|state| {
            let (name_of_file, media_type, data) = file;
            let upload = Upload {
                id: state.new_id(),
                name: name_of_file.to_owned(),
                media_type: media_type.to_owned(),
                data: data.to_vec(),
            };
            let id = upload.id.to_string();
            let shown = events::upload(state, channel, &upload);
            state.loose.push(upload);
            let mut data = state.typed(name, options);
            if let Some(options) = data["options"].as_array_mut() {
                options.push(json!({"name": option, "type": 11, "value": id}));
            }
            data["resolved"] = json!({"attachments": {id: shown}});
            state.interact(person, Origin::channel(channel), 2, data)
        })
    }

    /// A person has typed this much of an option, and waits for suggestions. Answers with the interaction's id.
    pub fn types(&self, person: &Person, channel: u64, name: &str, option: &str, begun: &str) -> u64 {
        self.change(|state| {
            let mut data = state.typed(name, &[(option, begun)]);
            data["options"][0]["focused"] = json!(true);
            state.interact(person, Origin::channel(channel), 4, data)
        })
    }

    /// A command that comes from another guild, or (without one) from a direct message.
    pub fn slash_from(&self, person: &Person, guild: Option<u64>, channel: u64, name: &str) -> u64 {
        self.change(|state| {
            let data = state.typed(name, &[]);
            state.interact(person, Origin { channel, guild, message: None }, 2, data)
        })
    }

    /// The 15 minutes of an interaction are over.
    pub fn expire(&self, interaction: u64) {
        self.change(|state| {
            if let Some(interaction) = state.interactions.get_mut(&interaction) {
                interaction.expired = true;
            }
        });
    }
}

/// Whom a text mentions, as the events say it.
pub(super) fn mentioned(state: &State, message: &Message) -> Vec<Person> {
    let mut ids = mention_ids(&message.content);
    let answered = message.reply_to.and_then(|id| state.messages.get(&id)).map(|found| found.author);
    ids.extend(answered.filter(|id| !ids.contains(id)));
    ids.iter().filter_map(|id| state.people.get(id).cloned()).collect()
}
