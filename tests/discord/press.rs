//! Pressing what stands on cards.

use claudetools_support::discord::{Interaction, Message, State};
use claudetools_tests::bot::PATIENCE;

use crate::world::World;

/// The id of a card's button.
pub fn button(card: &Message, label: &str) -> String {
    let found = card.buttons().into_iter().find(|(shown, _)| shown == label);
    found.unwrap_or_else(|| panic!("no button {label:?}: {:?}", card.buttons())).1
}

impl World {
    /// Waits for the newest message of the bot in a thread that holds all of this.
    pub async fn card(&self, thread: u64, parts: &[&str]) -> Message {
        let is = |message: &&Message| parts.iter().all(|part| message.content.contains(part));
        let found = |state: &State| state.by_bot(thread).filter(is).last().cloned();
        self.discord.wait_for(&format!("a card that says {parts:?}"), PATIENCE, found).await
    }

    /// What the one who pressed was told, and nobody else.
    pub async fn told(&self, interaction: u64) -> String {
        let done = |state: &State| {
            let Interaction { answer, ephemeral, .. } = &state.interactions[&interaction];
            answer.clone().inspect(|_| assert!(*ephemeral))
        };
        self.discord.wait_for("an answer to a click", PATIENCE, done).await
    }
}
