//! The requests that the front makes.

use claudetools_chat::render::File;
use reqwest::Method;
use serde_json::{Value, json};

use super::limits::Urgency;
use super::{Again, Ask, Place, Rest, RestError};
use crate::body::Body;
use crate::reply::Shown;
use crate::wire;

/// Routes that are not bound to the global limit and answer with the interaction's own token.
const CALLBACK: &str = "POST /interactions/callback";
const ANSWER: &str = "PATCH /webhooks/@original";
const TAKE_BACK: &str = "DELETE /webhooks/@original";
const FOLLOW_UP: &str = "POST /webhooks";
/// All of them.
const OF_INTERACTIONS: [&str; 4] = [CALLBACK, ANSWER, TAKE_BACK, FOLLOW_UP];

const EDIT: &str = "PATCH /channels/messages";

/// Only the person who clicked or typed sees the answer.
const EPHEMERAL: u64 = 1 << 6;
/// "Is thinking …", to be edited within 15 minutes.
const DEFERRED: u64 = 5;
/// Suggestions for what is being typed.
const SUGGESTIONS: u64 = 8;
/// Messages of one page.
pub(crate) const PAGE: usize = 100;

fn ask<'a>(method: Method, route: &'static str, major: u64, path: String) -> Ask<'a> {
    let again = if method == Method::POST { Again::Never } else { Again::Harmless };
    let urgency = if OF_INTERACTIONS.contains(&route) { Urgency::Unbound } else { Urgency::Now };
    Ask { method, route, major, path, body: None, files: &[], again, urgency, place: None }
}

fn get<'a>(route: &'static str, major: u64, path: String) -> Ask<'a> {
    ask(Method::GET, route, major, path)
}

impl Rest {
    /// The bot's own user.
    pub(crate) async fn me(&self) -> Result<Value, RestError> {
        self.send(get("GET /users/@me", 0, "/users/@me".to_owned())).await
    }

    /// The application that the bot belongs to.
    pub(crate) async fn application(&self) -> Result<Value, RestError> {
        self.send(get("GET /applications/@me", 0, "/applications/@me".to_owned())).await
    }

    /// The gateway's address and how many sessions may still be begun.
    pub(crate) async fn gateway(&self) -> Result<Value, RestError> {
        self.send(get("GET /gateway/bot", 0, "/gateway/bot".to_owned())).await
    }

    /// The time that Discord's answers carry, as HTTP writes it; `None` where they carry none.
    pub(crate) async fn date(&self) -> Option<String> {
        let response = self.http.get(self.base.join("/gateway")).send().await.ok()?;
        Some(response.headers().get(reqwest::header::DATE)?.to_str().ok()?.to_owned())
    }

    /// The guilds that the bot is in, at most two hundred.
    pub(crate) async fn guilds(&self) -> Result<Value, RestError> {
        self.send(get("GET /users/@me/guilds", 0, "/users/@me/guilds".to_owned())).await
    }

    /// A guild's roles.
    pub(crate) async fn roles(&self, guild: u64) -> Result<Value, RestError> {
        self.send(get("GET /guilds/roles", guild, format!("/guilds/{guild}/roles"))).await
    }

    /// A channel or thread.
    pub(crate) async fn channel(&self, channel: u64) -> Result<Value, RestError> {
        self.send(get("GET /channels", channel, format!("/channels/{channel}"))).await
    }

    /// A guild's channels.
    pub(crate) async fn channels(&self, guild: u64) -> Result<Value, RestError> {
        self.send(get("GET /guilds/channels", guild, format!("/guilds/{guild}/channels"))).await
    }

    /// A guild's threads that are not archived.
    pub(crate) async fn active_threads(&self, guild: u64) -> Result<Value, RestError> {
        let path = format!("/guilds/{guild}/threads/active");
        self.send(get("GET /guilds/threads/active", guild, path)).await
    }

    /// A channel's newest archived threads that everybody may read.
    pub(crate) async fn archived_threads(&self, channel: u64) -> Result<Value, RestError> {
        let path = format!("/channels/{channel}/threads/archived/public?limit={PAGE}");
        self.send(get("GET /channels/threads/archived/public", channel, path)).await
    }

    /// A member with their roles of this moment.
    pub(crate) async fn member(&self, guild: u64, user: u64) -> Result<Value, RestError> {
        let path = format!("/guilds/{guild}/members/{user}");
        self.send(get("GET /guilds/members", guild, path)).await
    }

    /// A page of messages after an id, oldest first.
    pub(crate) async fn messages_after(&self, channel: u64, after: u64) -> Result<Vec<Value>, RestError> {
        self.page(channel, &format!("after={after}&limit={PAGE}")).await
    }

    /// The newest messages, oldest first.
    pub(crate) async fn newest_messages(&self, channel: u64) -> Result<Vec<Value>, RestError> {
        self.page(channel, &format!("limit={PAGE}")).await
    }

    async fn page(&self, channel: u64, query: &str) -> Result<Vec<Value>, RestError> {
        let path = format!("/channels/{channel}/messages?{query}");
        let page = self.send(get("GET /channels/messages", channel, path)).await?;
        let mut messages = page.as_array().cloned().unwrap_or_default();
        messages.sort_by_key(|message| wire::id(&message["id"]));
        Ok(messages)
    }

    /// The pinned messages of a channel, at most fifty, oldest first.
    pub(crate) async fn pins(&self, channel: u64) -> Result<Vec<u64>, RestError> {
        let path = format!("/channels/{channel}/messages/pins?limit=50");
        let page = self.send(get("GET /channels/messages/pins", channel, path)).await?;
        let items = page["items"].as_array().into_iter().flatten();
        let mut pins: Vec<_> = items.filter_map(|item| wire::id(&item["message"]["id"])).collect();
        pins.sort_unstable();
        Ok(pins)
    }

    /// Posts a message. Its nonce makes sending it again harmless for some minutes.
    pub(crate) async fn post(&self, channel: u64, body: &Body, files: &[File]) -> Result<u64, RestError> {
        let mut ask = ask(Method::POST, "POST /channels/messages", channel, format!("/channels/{channel}/messages"));
        (ask.body, ask.files) = (Some(body.json().clone()), files);
        let posted = self.send(ask).await?;
        let unread = || RestError::Unclear { why: "the answer has no id".to_owned() };
        wire::id(&posted["id"]).ok_or_else(unread)
    }

    /// Changes a message of the bot.
    pub(crate) async fn edit(&self, channel: u64, message: u64, body: &Body) -> Result<(), RestError> {
        let path = format!("/channels/{channel}/messages/{message}");
        let mut ask = ask(Method::PATCH, EDIT, channel, path);
        ask.body = Some(body.json().clone());
        self.send(ask).await.map(drop)
    }

    /// Waits until a live message may be drawn.
    pub(crate) async fn may_draw(&self, channel: u64) -> Result<Place, RestError> {
        self.take(EDIT, channel, Urgency::Soon).await
    }

    /// There is nothing to draw after all: the place is for the next one who wishes for it.
    pub(crate) fn does_not_draw(&self, channel: u64, place: Place) {
        place.give_back(EDIT, channel);
    }

    /// Changes a live message, in the place that [`Rest::may_draw`] gave.
    pub(crate) async fn draw(&self, channel: u64, message: u64, body: &Body, place: Place) -> Result<(), RestError> {
        let path = format!("/channels/{channel}/messages/{message}");
        let mut ask = ask(Method::PATCH, EDIT, channel, path);
        (ask.body, ask.urgency, ask.place) = (Some(body.json().clone()), Urgency::Soon, Some(place));
        self.send(ask).await.map(drop)
    }

    /// Changes a message of the bot where nothing else has to wait for it: as long as there is more than enough room, and
    /// once.
    pub(crate) async fn edit_if_room(&self, channel: u64, message: u64, body: &Body) -> Result<(), RestError> {
        let path = format!("/channels/{channel}/messages/{message}");
        let mut ask = ask(Method::PATCH, EDIT, channel, path);
        (ask.body, ask.urgency) = (Some(body.json().clone()), Urgency::Spare);
        self.send(ask).await.map(drop)
    }

    /// Deletes a message of the bot.
    pub(crate) async fn delete(&self, channel: u64, message: u64) -> Result<(), RestError> {
        let path = format!("/channels/{channel}/messages/{message}");
        self.send(ask(Method::DELETE, "DELETE /channels/messages", channel, path)).await.map(drop)
    }

    /// Reacts to a message with an emoji, percent-encoded.
    pub(crate) async fn react(&self, channel: u64, message: u64, emoji: &str) -> Result<(), RestError> {
        let path = format!("/channels/{channel}/messages/{message}/reactions/{emoji}/@me");
        self.send(ask(Method::PUT, "PUT /channels/messages/reactions", channel, path)).await.map(drop)
    }

    /// Shows "is typing" for ten seconds, unless a live message would have to wait for it.
    pub(crate) async fn typing(&self, channel: u64) -> Result<(), RestError> {
        if self.drawing.try_lock().is_err() {
            return Ok(());
        }
        let mut ask = ask(Method::POST, "POST /channels/typing", channel, format!("/channels/{channel}/typing"));
        ask.urgency = Urgency::Spare;
        self.send(ask).await.map(drop)
    }

    /// Begins a thread under a message; its id is the message's. Sent twice it is refused with 160004.
    pub(crate) async fn begin_thread(&self, channel: u64, message: u64, name: &str) -> Result<(), RestError> {
        let path = format!("/channels/{channel}/messages/{message}/threads");
        let mut ask = ask(Method::POST, "POST /channels/messages/threads", channel, path);
        (ask.body, ask.again) = (Some(json!({"name": name, "auto_archive_duration": 4320})), Again::Harmless);
        self.send(ask).await.map(drop)
    }

    /// Writes a post into a forum: a thread that begins with this message. Answers with its id.
    pub(crate) async fn begin_post(&self, forum: u64, name: &str, body: &Body) -> Result<u64, RestError> {
        let mut ask = ask(Method::POST, "POST /channels/threads", forum, format!("/channels/{forum}/threads"));
        ask.body = Some(json!({"name": name, "auto_archive_duration": 4320, "message": body.json()}));
        let posted = self.send(ask).await?;
        wire::id(&posted["id"]).ok_or_else(|| RestError::Unclear { why: "the answer has no id".to_owned() })
    }

    /// Renames a thread: Discord takes about two in ten minutes.
    pub(crate) async fn rename(&self, thread: u64, name: &str) -> Result<(), RestError> {
        let mut ask = ask(Method::PATCH, "PATCH /channels", thread, format!("/channels/{thread}"));
        (ask.body, ask.urgency) = (Some(json!({"name": name})), Urgency::Spare);
        self.send(ask).await.map(drop)
    }

    /// Wakes an archived thread.
    pub(crate) async fn unarchive(&self, thread: u64) -> Result<(), RestError> {
        let mut ask = ask(Method::PATCH, "PATCH /channels", thread, format!("/channels/{thread}"));
        ask.body = Some(json!({"archived": false}));
        self.send(ask).await.map(drop)
    }

    /// The commands of the bot in a guild.
    pub(crate) async fn commands(&self, application: u64, guild: u64) -> Result<Value, RestError> {
        let path = format!("/applications/{application}/guilds/{guild}/commands");
        self.send(get("GET /applications/commands", guild, path)).await
    }

    /// Replaces the commands of the bot in a guild.
    pub(crate) async fn set_commands(&self, application: u64, guild: u64, commands: Value) -> Result<(), RestError> {
        let path = format!("/applications/{application}/guilds/{guild}/commands");
        let mut ask = ask(Method::PUT, "PUT /applications/commands", guild, path);
        ask.body = Some(commands);
        self.send(ask).await.map(drop)
    }

    /// Acknowledges a click or a command: the answer follows.
    pub(crate) async fn acknowledge(&self, interaction: u64, token: &str, shown: Shown) -> Result<(), RestError> {
        let flags = if shown == Shown::Alone { EPHEMERAL } else { 0 };
        self.callback(interaction, token, json!({"type": DEFERRED, "data": {"flags": flags}})).await
    }

    /// Suggests values, 25 at most, for what is being typed: what is shown, and what is sent.
    pub(crate) async fn suggest(
        &self,
        interaction: u64,
        token: &str,
        values: &[(String, String)],
    ) -> Result<(), RestError> {
        let choices: Vec<Value> = values.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.callback(interaction, token, json!({"type": SUGGESTIONS, "data": {"choices": choices}})).await
    }

    /// Answers a click with a form; this is its acknowledgement, too.
    pub(crate) async fn open_form(&self, interaction: u64, token: &str, form: &Body) -> Result<(), RestError> {
        self.callback(interaction, token, form.json().clone()).await
    }

    async fn callback(&self, interaction: u64, token: &str, body: Value) -> Result<(), RestError> {
        let mut ask = ask(Method::POST, CALLBACK, interaction, format!("/interactions/{interaction}/{token}/callback"));
        ask.body = Some(body);
        self.send(ask).await.map(drop)
    }

    /// Answers what was acknowledged.
    pub(crate) async fn answer(&self, to: Answered<'_>, body: &Body, files: &[File]) -> Result<(), RestError> {
        let mut ask = ask(Method::PATCH, ANSWER, to.interaction, format!("{}/messages/@original", to.path()));
        (ask.body, ask.files) = (Some(body.json().clone()), files);
        self.send(ask).await.map(drop)
    }

    /// Says more after the answer.
    pub(crate) async fn follow_up(&self, to: Answered<'_>, body: &Body, files: &[File]) -> Result<(), RestError> {
        let mut ask = ask(Method::POST, FOLLOW_UP, to.interaction, to.path());
        (ask.body, ask.files) = (Some(body.json().clone()), files);
        self.send(ask).await.map(drop)
    }

    /// Takes the acknowledgement away again.
    pub(crate) async fn take_back(&self, to: Answered<'_>) -> Result<(), RestError> {
        let path = format!("{}/messages/@original", to.path());
        self.send(ask(Method::DELETE, TAKE_BACK, to.interaction, path)).await.map(drop)
    }
}

/// What an answer belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Answered<'a> {
    pub(crate) application: u64,
    pub(crate) interaction: u64,
    pub(crate) token: &'a str,
}

impl Answered<'_> {
    fn path(&self) -> String {
        format!("/webhooks/{}/{}", self.application, self.token)
    }
}
