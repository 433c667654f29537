//! What the front says itself, and how a delivery becomes messages.

use claudetools_chat::render::{self, Guard, Outbound};
use claudetools_chat::{Delivery, DeliveryKind, Status};

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
        DeliveryKind::File { name, .. } => match file {
            Some(data) => vec![render::file(name, data, guard)],
            None => vec![render::notice(&format!("`{name}` is not there any more."), ping, guard)],
        },
    }
}

/// What goes on in a thread.
pub(crate) fn status(status: &Status) -> String {
    let state = if status.running { "Working" } else { "Idle" };
    let waiting = match status.waiting {
        0 => String::new(),
        1 => ", 1 message waits".to_owned(),
        several => format!(", {several} messages wait"),
    };
    let flow = match status.taken_in.as_slice() {
        [] => String::new(),
        [why] => format!(" Has taken in: {why}."),
        both => format!(" Has taken in: {}. So whatever leaves the house needs a click.", both.join("; ")),
    };
    format!(
        "{state}{waiting}. Model `{}`, {} so far in {}, {} tokens of context.{flow}",
        status.model,
        dollars(status.cost.0),
        turns(status.turns),
        status.context,
    )
}

fn turns(turns: u64) -> String {
    if turns == 1 { "1 turn".to_owned() } else { format!("{turns} turns") }
}

fn dollars(micro: u64) -> String {
    format!("${}.{:02}", micro / 1_000_000, micro % 1_000_000 / 10_000)
}

#[cfg(test)]
mod tests {
    use claudetools_agent::models::MicroUsd;

    use super::*;

    #[test]
    fn the_status_is_one_line() {
        let idle = Status {
            running: false,
            waiting: 0,
            model: "claude-opus-5-5".to_owned(),
            context: 34_120,
            cost: MicroUsd(1_234_567),
            turns: 1,
            taken_in: Vec::new(),
            files: 0,
        };
        insta::assert_snapshot!(status(&idle), @"Idle. Model `claude-opus-5-5`, $1.23 so far in 1 turn, 34120 tokens of context.");
        let taken_in = vec!["`hudu` answered".into(), "`Read` read something confidential".into()];
        let busy = Status { running: true, waiting: 2, turns: 12, taken_in, ..idle };
        insta::assert_snapshot!(status(&busy), @"Working, 2 messages wait. Model `claude-opus-5-5`, $1.23 so far in 12 turns, 34120 tokens of context. Has taken in: `hudu` answered; `Read` read something confidential. So whatever leaves the house needs a click.");
    }
}
