//! Writes the slash commands into a guild.

use crate::commands::{payload, same};
use crate::core::Core;

impl Core {
    /// Writes the commands where they are not as they should be. A bot's application has the id of its user.
    pub(crate) async fn register(&self, guild: u64) {
        let wanted = payload(&self.skills.all());
        let registered = self.rest.commands(self.me, guild).await;
        if registered.is_ok_and(|registered| same(&registered, &wanted)) {
            return;
        }
        if let Err(error) = self.rest.set_commands(self.me, guild, wanted).await {
            tracing::warn!(%error, guild, "the slash commands could not be written; invite the bot with the scope `applications.commands`");
        }
    }
}
