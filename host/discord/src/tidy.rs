//! Clears away what a run that died has left in a thread.

use claudetools_agent::ThreadId;
use claudetools_chat::StatusCard;
use serde_json::Value;

use crate::core::{Core, FRONT};
use crate::custom_id::CustomId;
use crate::wire;

impl Core {
    /// Deletes live messages of an earlier run: their Stop buttons look alive and stop nothing. Once for each thread
    /// that is older than this run.
    pub(crate) async fn tidy(&self, thread: u64) {
        if wire::moment_of(thread) >= self.born_ms || !self.tidied().insert(thread) {
            return;
        }
        let Ok(newest) = self.rest.newest_messages(thread).await else { return };
        self.adopt_card(thread, &newest).await;
        self.delete_stale(thread, &newest, self.born_ms).await;
    }

    /// Deletes live messages of a turn that is over: Discord may have posted one and answered with an error, or not have
    /// taken the edit that takes its button away.
    pub(crate) async fn clear_live(&self, thread: u64) {
        match self.rest.newest_messages(thread).await {
            Ok(newest) => self.delete_stale(thread, &newest, u64::MAX).await,
            Err(error) => tracing::info!(thread, %error, "a live message may be left over"),
        }
    }

    /// Those from before a moment.
    async fn delete_stale(&self, thread: u64, newest: &[Value], before: u64) {
        for message in newest.iter().filter(|message| self.is_stale(message)) {
            let Some(id) = wire::id(&message["id"]).filter(|id| wire::moment_of(*id) < before) else { continue };
            if let Err(error) = self.rest.delete(thread, id).await {
                tracing::debug!(%error, "a live message that is over could not be deleted");
            }
        }
    }

    /// A card that was posted by a run that died before it could note that is kept from now on.
    async fn adopt_card(&self, thread: u64, newest: &[Value]) {
        let id = ThreadId::new(FRONT, thread);
        let card = newest.iter().find(|message| self.buttons_of(message).contains(&CustomId::Details { thread }));
        let Some(message) = card.and_then(|card| wire::id(&card["id"])) else { return };
        if !matches!(self.chat.status_card(&id).await, Ok(None)) {
            return;
        }
        let card = StatusCard { message: Some(message.to_string()), shown: String::new(), busy: true };
        if let Err(error) = self.chat.note_status_card(&id, &card).await {
            tracing::error!(%error, "a status card can't be noted");
        }
    }

    /// A status card has a Stop button, too, and stays.
    fn is_stale(&self, message: &Value) -> bool {
        let buttons = self.buttons_of(message);
        let has = |wanted: fn(&CustomId) -> bool| buttons.iter().any(wanted);
        has(|id| matches!(id, CustomId::Stop { .. })) && !has(|id| matches!(id, CustomId::Details { .. }))
    }

    /// The buttons of a message of the bot; none of anybody else's.
    pub(crate) fn buttons_of(&self, message: &Value) -> Vec<CustomId> {
        if wire::id(&message["author"]["id"]) != Some(self.me) {
            return Vec::new();
        }
        let buttons = wire::list(&message["components"]).iter().flat_map(|row| wire::list(&row["components"]));
        buttons.filter_map(|button| CustomId::parse(wire::text(&button["custom_id"]))).collect()
    }
}
