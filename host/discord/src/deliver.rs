//! Posts what must reach the person, exactly once.

use std::sync::Weak;
use std::time::Duration;

use async_trait::async_trait;
use claudetools_agent::ThreadId;
use claudetools_agent::turn::Update;
use claudetools_chat::render::Outbound;
use claudetools_chat::{Delivery, DeliveryError, DeliveryKind, Front, RAISE};
use serde_json::Value;

use crate::body::Body;
use crate::core::{Core, FRONT};
use crate::custom_id::CustomId;
use crate::health::Part;
use crate::rest::RestError;
use crate::trouble::{ARCHIVED, Deed, MISSING_PERMISSIONS, UNKNOWN_CHANNEL, lacks};
use crate::{wire, words};

/// After the start a thread may still be missing because the last run died before it was made; the sweep makes it.
pub(crate) const THREADS_COME_WITHIN: Duration = Duration::from_secs(60);
const NEXT_TRY: Duration = Duration::from_secs(3);
/// Nothing is delivered before the next start.
const AFTER_THE_END: Duration = Duration::from_secs(60);

/// The front, as the desk knows it.
/// It does not keep the front alive: the desk outlives it.
pub(crate) struct Door(pub(crate) Weak<Core>);

#[async_trait]
impl Front for Door {
    fn name(&self) -> &'static str {
        FRONT
    }

    fn show(&self, thread: &ThreadId, update: &Update) {
        if let (Some(core), Ok(thread)) = (self.0.upgrade(), thread.name().parse()) {
            core.show(thread, update);
        }
    }

    async fn pinned(&self, thread: &ThreadId) -> Vec<String> {
        let (Some(core), Ok(id)) = (self.0.upgrade(), thread.name().parse()) else { return Vec::new() };
        let pins = core.rest.pins(id).await.unwrap_or_else(|error| {
            tracing::warn!(%thread, %error, "the pinned messages cannot be read; a summary is made without them");
            Vec::new()
        });
        pins.iter().map(u64::to_string).collect()
    }

    async fn rename(&self, thread: &ThreadId, title: &str) {
        if let (Some(core), Ok(thread)) = (self.0.upgrade(), thread.name().parse()) {
            core.rename(thread, title).await;
        }
    }

    fn rests(&self, thread: &ThreadId) {
        if let (Some(core), Ok(thread)) = (self.0.upgrade(), thread.name().parse()) {
            core.refresh_card(thread);
        }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<(), DeliveryError> {
        let Ok(thread) = delivery.thread.name().parse() else {
            return Err(DeliveryError::Never { why: format!("`{}` is no thread of Discord's", delivery.thread) });
        };
        let Some(core) = self.0.upgrade() else {
            return Err(DeliveryError::Later { after: AFTER_THE_END, why: "the Discord front has ended".to_owned() });
        };
        let made = core.deliver(thread, delivery).await;
        if !matches!(made, Err(DeliveryError::Later { .. })) {
            core.is_fine(Part::Answers);
            core.screens.settled(thread);
            core.doubts().remove(&delivery.id);
        }
        made
    }
}

impl Core {
    async fn deliver(&self, thread: u64, delivery: &Delivery) -> Result<(), DeliveryError> {
        self.rooms.home(thread).await.map_err(|why| DeliveryError::Never { why })?;
        let parts = words::parts(delivery, self.file(delivery).await?, self.chat.guard());
        let mut standing = self.standing(thread, delivery).await?;
        for (at, out) in parts.iter().enumerate().skip(delivery.posted.len()) {
            let nonce = format!("{}-{at}", delivery.id);
            let id = match taken(&mut standing, &nonce, out) {
                Some(id) => id,
                None => self.post_part(thread, delivery, out, &nonce).await?,
            };
            let noted = self.chat.posted(&delivery.id, at, &id.to_string()).await;
            noted.map_err(|error| DeliveryError::Later { after: NEXT_TRY, why: error.to_string() })?;
        }
        Ok(())
    }

    /// A thread that somebody else began keeps the name that they gave it.
    async fn rename(&self, thread: u64, title: &str) {
        if self.rooms.home(thread).await.is_err() {
            return;
        }
        let own = self.places.get(thread).is_some_and(|known| known.is_of(self.me));
        if own && let Err(error) = self.rest.rename(thread, title).await {
            tracing::info!(thread, %error, "the thread keeps its first words as its name");
        }
    }

    /// The bytes of the file that is delivered, if one is.
    async fn file(&self, delivery: &Delivery) -> Result<Option<Vec<u8>>, DeliveryError> {
        let DeliveryKind::File { artifact, .. } = &delivery.kind else { return Ok(None) };
        let found = self.chat.artifact(&delivery.thread, *artifact).await;
        let found = found.map_err(|error| DeliveryError::Later { after: NEXT_TRY, why: error.to_string() })?;
        Ok(found.map(|(_, data)| data))
    }

    /// The bot's messages in the thread that may be parts of this delivery. They are only looked for where a part may
    /// have been posted without our knowledge: after a restart, and after an attempt that was not clear. Discord
    /// itself remembers a nonce for a few minutes only.
    async fn standing(&self, thread: u64, delivery: &Delivery) -> Result<Vec<Value>, DeliveryError> {
        let doubtful = !self.doubts().insert(delivery.id.clone());
        if !doubtful && self.screens.shows(thread) {
            return Ok(Vec::new());
        }
        let asked = delivery.reply_to.as_ref().and_then(|(message, _)| message.parse().ok()).unwrap_or(0);
        let newest = match self.rest.newest_messages(thread).await {
            Ok(newest) => newest,
            // Without Read Message History, the nonce has to do.
            Err(error) if error.code() == Some(MISSING_PERMISSIONS) => Vec::new(),
            Err(error) => return Err(self.failed(error, Deed::ReadHistory, thread).await),
        };
        // A live message has a button, and may say the same until it is cleared away.
        let ours = |message: &Value| {
            wire::id(&message["author"]["id"]) == Some(self.me)
                && wire::id(&message["id"]) > Some(asked)
                && self.buttons_of(message).is_empty()
        };
        let mut standing = Vec::new();
        for message in newest.into_iter().filter(ours) {
            // What is a part already, of this delivery or of another one that says the same, is not taken twice.
            let id = wire::id(&message["id"]).unwrap_or_default().to_string();
            let noted = self.chat.is_posted(&id).await;
            if !noted.map_err(|error| DeliveryError::Later { after: NEXT_TRY, why: error.to_string() })? {
                standing.push(message);
            }
        }
        Ok(standing)
    }

    async fn post_part(
        &self,
        thread: u64,
        delivery: &Delivery,
        out: &Outbound,
        nonce: &str,
    ) -> Result<u64, DeliveryError> {
        let mut body = Body::create(out, nonce);
        let asked = delivery.reply_to.as_ref().and_then(|(message, _)| message.parse().ok());
        // The message that began a thread stands above it, in the channel: it cannot be answered from inside.
        if let Some(message) = asked.filter(|message| *message != thread) {
            body = body.replying_to(message);
        }
        if let DeliveryKind::Raise { most } = delivery.kind {
            let label = format!("+ {RAISE}");
            body = body.with_buttons(&[(&label, CustomId::Raise { thread, most: most.0 })]);
        }
        let deed = if out.files().is_empty() { Deed::Write } else { Deed::Upload };
        let posted = match self.rest.post(thread, &body, out.files()).await {
            Err(error) if error.code() == Some(ARCHIVED) => match self.rest.unarchive(thread).await {
                Ok(()) => self.rest.post(thread, &body, out.files()).await,
                Err(why) => {
                    self.explained(&why, Deed::Unarchive, thread).await;
                    Err(error)
                }
            },
            Err(error) if deed == Deed::Upload && lacks(&error) => {
                return self.post_bare(thread, out, nonce, error).await;
            }
            other => other,
        };
        match posted {
            Ok(id) => Ok(id),
            Err(error) => Err(self.failed(error, deed, thread).await),
        }
    }

    /// The text without its files, and why they are not there: whoever asked gets an answer all the same.
    async fn post_bare(
        &self,
        thread: u64,
        out: &Outbound,
        nonce: &str,
        error: RestError,
    ) -> Result<u64, DeliveryError> {
        let why = self.explained(&error, Deed::Upload, thread).await;
        let posted = self.rest.post(thread, &Body::create(&out.without_files(), nonce), &[]).await;
        let id = match posted {
            Ok(id) => id,
            Err(error) => return Err(self.failed(error, Deed::Write, thread).await),
        };
        let names: Vec<String> = out.files().iter().map(|file| format!("`{}`", file.name)).collect();
        let text = format!("I could not attach {}: {why}.", names.join(", "));
        self.say_beside(thread, &format!("{nonce}-b"), &text).await;
        Ok(id)
    }

    async fn failed(&self, error: RestError, deed: Deed, thread: u64) -> DeliveryError {
        let missing = error.code() == Some(UNKNOWN_CHANNEL);
        if missing && self.born.elapsed() < THREADS_COME_WITHIN {
            return DeliveryError::Later { after: NEXT_TRY, why: error.to_string() };
        }
        if error.may_pass() {
            self.in_trouble(Part::Answers, &error.to_string());
        } else {
            tracing::error!(thread, %error, "an answer cannot be posted");
        }
        self.explained(&error, deed, thread).await;
        let failed = error.into_delivery(deed, thread);
        if missing {
            self.lose(thread, "the thread is gone").await;
        }
        failed
    }
}

/// Takes the message that is this part already: by its nonce, by its text where the server tells none.
fn taken(standing: &mut Vec<Value>, nonce: &str, out: &Outbound) -> Option<u64> {
    let body = Body::create(out, nonce);
    let text = wire::text(&body.json()["content"]).trim();
    let same = |message: &Value| match wire::text(&message["nonce"]) {
        "" => wire::text(&message["content"]).trim() == text,
        theirs => theirs == nonce,
    };
    let at = standing.iter().position(same)?;
    wire::id(&standing.remove(at)["id"])
}
