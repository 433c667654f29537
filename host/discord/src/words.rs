//! What the front says itself, and how a delivery becomes messages.

use claudetools_chat::render::{self, Guard, Outbound};
use claudetools_chat::{Delivery, DeliveryKind, RAISE};

/// One line of the front's own.
pub(crate) fn line(text: &str, guard: &Guard) -> Outbound {
    render::notice(text, None, guard)
}

/// The messages of a delivery, in order; the same each time. The first pings who asked.
pub(crate) fn parts(delivery: &Delivery, file: Option<Vec<u8>>, guard: &Guard) -> Vec<Outbound> {
    let ping = delivery.reply_to.as_ref().map(|(_, member)| member.clone());
    match &delivery.kind {
        DeliveryKind::Answer(markdown) => render::answer(markdown, ping, guard),
        DeliveryKind::Failure(text) | DeliveryKind::Notice(text) => vec![render::notice(text, ping, guard)],
        DeliveryKind::Raise { .. } => {
            vec![render::notice(&format!("An administrator can give this thread {RAISE} more."), ping, guard)]
        }
        DeliveryKind::File { name, .. } => match file {
            Some(data) => vec![render::file(name, data, guard)],
            None => vec![render::notice(&format!("`{name}` is not there any more."), ping, guard)],
        },
    }
}
