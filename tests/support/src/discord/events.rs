//! The JSON that the gateway and REST show.

use serde_json::{Value, json};

use super::actors::{Origin, Person, mentioned};
use super::state::{Channel, Interaction, Message, State, Upload, timestamp};
use super::{BOT, DIRECT, GUILD, permissions};

const INTENT_GUILDS: u64 = 1;
const INTENT_MESSAGES: u64 = 1 << 9;
const INTENT_REACTIONS: u64 = 1 << 10;
const INTENT_DIRECT: u64 = 1 << 12;
const INTENT_CONTENT: u64 = 1 << 15;
const NO_INTENT: u64 = 0;

pub(super) fn user(person: &Person) -> Value {
    json!({
        "id": person.id.to_string(), "username": person.name, "discriminator": "0",
        "global_name": person.name, "avatar": null, "bot": person.bot,
    })
}

pub(super) fn partial_member(person: &Person) -> Value {
    let roles: Vec<String> = person.roles.iter().map(u64::to_string).collect();
    json!({"roles": roles, "joined_at": timestamp(person.id), "deaf": false, "mute": false, "nick": person.nick, "flags": 0})
}

pub(super) fn member(person: &Person) -> Value {
    let mut member = partial_member(person);
    member["user"] = user(person);
    member["guild_id"] = json!(GUILD.to_string());
    member
}

pub(super) fn channel(state: &State, place: &Channel) -> Value {
    let last = state.messages.values().rev().find(|message| message.channel == place.id);
    let mut shown = json!({
        "id": place.id.to_string(), "guild_id": GUILD.to_string(), "name": place.name,
        "type": place.kind,
        "last_message_id": last.map(|message| message.id.to_string()),
        "parent_id": place.parent.filter(|_| !state.hides_parents).map(|id| id.to_string()),
        "position": 0, "permission_overwrites": permissions::listed(place), "nsfw": false, "topic": null, "rate_limit_per_user": 0,
    });
    if place.parent.is_some() {
        shown["owner_id"] = json!(place.owner.to_string());
        shown["message_count"] = json!(0);
        shown["member_count"] = json!(1);
        shown["thread_metadata"] = json!({
            "archived": place.archived, "locked": place.locked, "auto_archive_duration": 1440,
            "archive_timestamp": timestamp(place.id), "create_timestamp": timestamp(place.id),
        });
    }
    shown
}

/// A message as REST lists it: without `member`, `guild_id` and nonce.
pub(super) fn message(state: &State, message: &Message) -> Value {
    let author = state.people.get(&message.author).map_or(Value::Null, user);
    let kind = if message.reply_to.is_some() { 19 } else { 0 };
    let edited = (message.versions.len() > 1).then(|| timestamp(message.id));
    let mut shown = json!({
        "id": message.id.to_string(), "channel_id": message.channel.to_string(), "author": author,
        "content": message.content, "timestamp": timestamp(message.id), "edited_timestamp": edited,
        "tts": false, "pinned": false, "mention_roles": [], "embeds": message.embeds, "type": kind, "flags": message.flags,
        "mention_everyone": message.author != BOT && message.content.contains("@everyone"),
        "mentions": mentioned(state, message).iter().map(user).collect::<Vec<_>>(),
        "attachments": uploads(state, message), "components": message.components,
    });
    if message.webhook {
        shown["webhook_id"] = json!("77");
    }
    if let Some(id) = message.reply_to {
        shown["message_reference"] = json!({"message_id": id.to_string(), "channel_id": message.channel.to_string()});
        // The answered message comes along, one deep; null where it was deleted.
        let answered = state.messages.get(&id).filter(|answered| !answered.deleted);
        shown["referenced_message"] = answered
            .map_or(Value::Null, |answered| self::message(state, &Message { reply_to: None, ..answered.clone() }));
    }
    if message.forwarded {
        shown["message_reference"] = json!({"type": 1, "message_id": "5", "channel_id": "6"});
        let inner = json!({
            "content": message.content, "timestamp": timestamp(message.id), "edited_timestamp": null, "flags": 0,
            "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "type": 0, "components": [],
        });
        shown["message_snapshots"] = json!([{"message": inner}]);
        shown["content"] = json!("");
    }
    shown
}

fn uploads(state: &State, message: &Message) -> Vec<Value> {
    message.uploads.iter().map(|file| upload(state, message.channel, file)).collect()
}

pub(super) fn upload(state: &State, channel: u64, upload: &Upload) -> Value {
    // Where a name has anything but these, Discord writes an underscore into the address.
    let name = upload.name.replace(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.', "_");
    let url = format!("{}/attachments/{channel}/{}/{name}", state.base, upload.id);
    json!({
        "id": upload.id.to_string(), "filename": upload.name, "size": upload.data.len(),
        "url": url, "proxy_url": url, "content_type": upload.media_type,
    })
}

fn message_event(state: &State, found: &Message) -> Value {
    let mut event = message(state, found);
    event["guild_id"] = json!(GUILD.to_string());
    if !found.webhook
        && let Some(person) = state.people.get(&found.author)
    {
        event["member"] = partial_member(person);
    }
    if let Some(nonce) = &found.nonce {
        event["nonce"] = json!(nonce);
    }
    let mentions_bot = mentioned(state, found).iter().any(|person| person.id == BOT);
    let content_shown = state.hub.intents() & INTENT_CONTENT != 0 || mentions_bot || found.author == BOT;
    if !content_shown {
        (event["content"], event["attachments"]) = (json!(""), json!([]));
    }
    event
}

pub(super) fn message_created(state: &mut State, id: u64) {
    let Some(event) = state.messages.get(&id).map(|found| message_event(state, found)) else {
        return;
    };
    state.hub.dispatch(INTENT_MESSAGES, "MESSAGE_CREATE", event);
}

pub(super) fn message_changed(state: &mut State, id: u64) {
    let Some(event) = state.messages.get(&id).map(|found| message_event(state, found)) else {
        return;
    };
    state.hub.dispatch(INTENT_MESSAGES, "MESSAGE_UPDATE", event);
}

pub(super) fn message_deleted(state: &mut State, channel: u64, id: u64) {
    let event = json!({"id": id.to_string(), "channel_id": channel.to_string(), "guild_id": GUILD.to_string()});
    state.hub.dispatch(INTENT_MESSAGES, "MESSAGE_DELETE", event);
}

pub(super) fn thread_created(state: &mut State, id: u64) {
    let Some(event) = state.channels.get(&id).map(|place| channel(state, place)) else {
        return;
    };
    state.hub.dispatch(INTENT_GUILDS, "THREAD_CREATE", event);
}

pub(super) fn thread_changed(state: &mut State, id: u64) {
    let Some(event) = state.channels.get(&id).map(|place| channel(state, place)) else {
        return;
    };
    state.hub.dispatch(INTENT_GUILDS, "THREAD_UPDATE", event);
}

pub(super) fn thread_deleted(state: &mut State, place: &Channel) {
    let event = json!({
        "id": place.id.to_string(), "guild_id": GUILD.to_string(), "type": 11,
        "parent_id": place.parent.unwrap_or_default().to_string(),
    });
    state.hub.dispatch(INTENT_GUILDS, "THREAD_DELETE", event);
}

pub(super) fn direct_message(state: &mut State, person: &Person, text: &str) -> u64 {
    let id = state.new_id();
    let said = Message::new(id, DIRECT, person.id, text);
    let event = message(state, &said);
    state.messages.insert(id, said);
    state.hub.dispatch(INTENT_DIRECT, "MESSAGE_CREATE", event);
    id
}

/// A message in a guild that the bot was never told to serve.
pub(super) fn message_in_another_guild(state: &mut State, person: &Person, text: &str) -> u64 {
    let id = state.new_id();
    let mut event = message(state, &Message::new(id, 98, person.id, text));
    (event["guild_id"], event["member"]) = (json!("97"), partial_member(person));
    state.hub.dispatch(INTENT_MESSAGES, "MESSAGE_CREATE", event);
    id
}

pub(super) fn reaction_added(state: &mut State, person: &Person, on: u64, emoji: &str) {
    let Some(found) = state.messages.get(&on) else { return };
    let event = json!({
        "user_id": person.id.to_string(), "message_id": on.to_string(), "channel_id": found.channel.to_string(),
        "guild_id": GUILD.to_string(), "member": member(person), "emoji": {"id": null, "name": emoji},
        "message_author_id": found.author.to_string(), "burst": false, "type": 0,
    });
    state.hub.dispatch(INTENT_REACTIONS, "MESSAGE_REACTION_ADD", event);
}

pub(super) fn interaction(state: &mut State, of: &Interaction, person: &Person, origin: &Origin, data: Value) -> bool {
    let mut event = json!({
        "id": of.id.to_string(), "application_id": BOT.to_string(), "type": of.kind, "token": of.token, "version": 1,
        "channel_id": of.channel.to_string(), "data": data, "locale": "en-US", "app_permissions": "0",
        "entitlements": [], "authorizing_integration_owners": {"0": GUILD.to_string()}, "context": 0,
        "attachment_size_limit": 10_485_760,
    });
    match origin.guild {
        Some(guild) => {
            let mut member = member(person);
            member["permissions"] = json!("0");
            (event["member"], event["guild_id"], event["guild_locale"]) =
                (member, json!(guild.to_string()), json!("en-US"));
        }
        None => (event["user"], event["context"]) = (user(person), json!(1)),
    }
    if let Some(found) = origin.message.and_then(|id| state.messages.get(&id)) {
        event["message"] = message(state, found);
    }
    state.hub.dispatch(NO_INTENT, "INTERACTION_CREATE", event)
}

/// `GUILD_CREATE`.
pub(super) fn guild(state: &State) -> Value {
    let (threads, channels): (Vec<_>, Vec<_>) =
        state.channels.values().filter(|place| place.kind != 1).partition(|place| place.parent.is_some());
    json!({
        "id": GUILD.to_string(), "name": "Contoso MSP", "owner_id": "1", "icon": null, "splash": null,
        "discovery_splash": null, "afk_channel_id": null, "afk_timeout": 300, "verification_level": 0,
        "default_message_notifications": 0, "explicit_content_filter": 0, "emojis": [], "features": [],
        "roles": permissions::roles(state),
        "mfa_level": 0, "application_id": null, "system_channel_id": null, "system_channel_flags": 0,
        "rules_channel_id": null, "vanity_url_code": null, "description": null, "banner": null, "premium_tier": 0,
        "preferred_locale": "en-US", "public_updates_channel_id": null, "nsfw_level": 0, "stickers": [],
        "premium_progress_bar_enabled": false, "safety_alerts_channel_id": null, "joined_at": timestamp(GUILD),
        "large": false, "unavailable": false, "member_count": state.people.len(), "voice_states": [],
        "members": state.people.get(&BOT).map(member).into_iter().collect::<Vec<_>>(), "presences": [],
        "channels": channels.iter().map(|place| channel(state, place)).collect::<Vec<_>>(),
        "threads": threads.iter().filter(|place| !place.archived).map(|place| channel(state, place)).collect::<Vec<_>>(),
        "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
    })
}
