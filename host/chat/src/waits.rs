//! Acknowledgements of messages that were said while a turn runs: one card for each, as long as it waits, with what may
//! be done about it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use claudetools_agent::ThreadId;
use claudetools_ledger::{Inboxed, LedgerError, Mode};
use claudetools_policy::Digest;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::cards::{Answer, Card, Cards, Deed, Offer, Place, Press};
use crate::chat::{Chat, ChatError};
use crate::steering::Asker;

/// A message that joins sooner needs no card.
const SHOWN_AFTER: Duration = Duration::from_millis(800);
/// Messages that wait no more, whose cards are kept true.
const SETTLED: usize = 20;
/// Presses that may wait.
const WAITING: usize = 16;
/// The time after which a ledger that failed is asked again.
const NEXT_TRY: Duration = Duration::from_secs(5);

/// Keeps the cards of waiting messages true, and answers presses on them.
pub struct Waits {
    chat: Chat,
    cards: watch::Sender<Arc<Vec<Card>>>,
    presses: mpsc::Receiver<Press>,
    /// By the key of its card.
    seen: BTreeMap<String, Seen>,
}

/// A message that waits, or waited.
struct Seen {
    row: Inboxed,
    since: Instant,
    /// Its place among those that wait in its thread, and how many those are.
    place: (usize, usize),
}

impl Chat {
    /// The desk of waiting messages, and what a front needs of it.
    pub fn waits(&self) -> (Waits, Cards) {
        let (cards, shown) = watch::channel(Arc::default());
        let (sender, presses) = mpsc::channel(WAITING);
        let waits = Waits { chat: self.clone(), cards, presses, seen: BTreeMap::new() };
        (waits, Cards { shown, presses: sender })
    }
}

impl Waits {
    /// Works until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut moved = self.chat.desk().moves.subscribe();
        loop {
            let again = match self.refresh().await {
                Ok(again) => again,
                Err(error) => {
                    tracing::error!(%error, "waiting messages can't be read; trying again");
                    Some(NEXT_TRY)
                }
            };
            let pause = async {
                match again {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                _ = moved.changed() => {}
                Some(press) = self.presses.recv() => self.answer(press).await,
                () = pause => {}
            }
        }
    }

    /// Reads what waits behind a running turn, and what became of the rest; when to look again, if anything is too new to
    /// be shown.
    async fn refresh(&mut self) -> Result<Option<Duration>, LedgerError> {
        let ledger = &self.chat.desk().settings.ledger;
        let busy: BTreeSet<ThreadId> = ledger.unfinished().await?.into_iter().map(|(thread, _)| thread).collect();
        let rows = ledger.unsettled(None).await?;
        let waiting: Vec<Inboxed> = rows.into_iter().filter(|row| busy.contains(&row.thread)).collect();
        let keys: BTreeSet<String> = waiting.iter().map(key).collect();
        for seen in self.seen.values_mut().filter(|seen| is_open(seen.row.mode) && !keys.contains(&key(&seen.row))) {
            if let Some(row) = ledger.inboxed(seen.row.thread.front(), &seen.row.message).await? {
                seen.row = row;
            }
        }
        for row in &waiting {
            let here: Vec<_> = waiting.iter().filter(|other| other.thread == row.thread).collect();
            let place = here.iter().position(|other| other.message == row.message).unwrap_or_default() + 1;
            let new = || Seen { row: row.clone(), since: Instant::now(), place: (0, 0) };
            let seen = self.seen.entry(key(row)).or_insert_with(new);
            (seen.row, seen.place) = (row.clone(), (place, here.len()));
        }
        Ok(self.show())
    }

    /// Sends the cards out. What waited for a moment only never had one.
    fn show(&mut self) -> Option<Duration> {
        let old = |seen: &Seen| seen.since.elapsed() >= SHOWN_AFTER;
        self.seen.retain(|_, seen| is_open(seen.row.mode) || old(seen));
        let settled = self.seen.values().filter(|seen| !is_open(seen.row.mode)).count();
        let mut surplus = settled.saturating_sub(SETTLED);
        self.seen.retain(|_, seen| {
            let goes = surplus > 0 && !is_open(seen.row.mode);
            surplus -= usize::from(goes);
            !goes
        });
        let shown: Vec<Card> =
            self.seen.iter().filter(|(_, seen)| old(seen)).map(|(key, seen)| card(key, seen)).collect();
        self.cards.send_if_modified(|cards| {
            let differs = **cards != shown;
            if differs {
                *cards = Arc::new(shown);
            }
            differs
        });
        let left = |seen: &Seen| SHOWN_AFTER.saturating_sub(seen.since.elapsed());
        self.seen.values().map(left).filter(|left| !left.is_zero()).min()
    }

    async fn answer(&self, press: Press) {
        let answer = match self.decide(&press).await {
            Ok(text) => Answer::Done(text.to_owned()),
            Err(ChatError::Refused(refusal)) => {
                let wish = format!("to {} a message", press.offer.deed.as_str());
                self.chat.note_refused(&press.member, &wish, &refusal.to_string()).await;
                Answer::Refused(refusal.message)
            }
            Err(ChatError::Cannot(why)) => Answer::Refused(why),
            Err(error @ ChatError::Ledger(_)) => {
                tracing::error!(%error, "how a message waits can't be changed");
                Answer::Refused("That did not work; the log of the bot says why.".to_owned())
            }
        };
        // Whoever asked may be gone.
        let _ = press.reply.send(answer);
    }

    /// Who may is asked anew at each press, and so is whether the message still waits.
    async fn decide(&self, press: &Press) -> Result<&'static str, ChatError> {
        let row = self.seen.get(&press.offer.token.to_string()).map(|seen| &seen.row);
        let row =
            row.filter(|row| press.place == Place::Thread(row.thread.clone())).ok_or_else(crate::steering::taken)?;
        let by = Asker { member: &press.member, roles: &press.roles };
        match press.offer.deed {
            Deed::Queue => {
                self.chat.queue(&row.thread, &row.message, by).await.map(|()| "It begins a turn of its own.")
            }
            Deed::Interrupt => {
                let stopped = self.chat.interrupt(&row.thread, &row.message, by).await;
                stopped.map(|()| "The running turn is stopped for it.")
            }
            Deed::TakeBack => self.chat.take_back(&row.thread, &row.message, by).await.map(|()| "Taken back."),
            _ => Err(crate::steering::taken().into()),
        }
    }
}

fn is_open(mode: Mode) -> bool {
    matches!(mode, Mode::Steer | Mode::Queue | Mode::Interrupt)
}

/// The key of a message's card: its token, too.
fn key(row: &Inboxed) -> String {
    let of = format!("waits {} {}", row.thread.front(), row.message);
    Digest::of(of).hex().chars().take(32).collect()
}

fn card(key: &str, seen: &Seen) -> Card {
    let Inboxed { thread, message, mode, .. } = &seen.row;
    let deeds: &[Deed] = match mode {
        Mode::Steer => &[Deed::Queue, Deed::Interrupt],
        Mode::Queue => &[Deed::Interrupt, Deed::TakeBack],
        Mode::Interrupt | Mode::Began | Mode::Joined | Mode::Removed => &[],
    };
    let offers = key.parse().map(|token| deeds.iter().map(|deed| Offer { deed: *deed, token }).collect());
    Card {
        key: key.to_owned(),
        place: Place::Thread(thread.clone()),
        about: key.to_owned(),
        title: String::new(),
        state: format!("-# {}", state(*mode, seen.place)),
        body: String::new(),
        gone: is_open(*mode).then(|| "-# It waits no more.".to_owned()),
        file: None,
        ping: None,
        by: None,
        answers: Some(message.clone()),
        menus: Vec::new(),
        offers: offers.unwrap_or_default(),
        news: is_open(*mode),
    }
}

fn state(mode: Mode, place: (usize, usize)) -> String {
    match (mode, place) {
        (Mode::Steer, _) => "Joins at the next tool call.".to_owned(),
        (Mode::Queue, (1, _)) => "⏭ Queued: it is next.".to_owned(),
        (Mode::Queue, (at, of)) => format!("⏭ Queued: {at} of {of}."),
        (Mode::Interrupt, _) => "✋ The running turn is stopped for it.".to_owned(),
        (Mode::Began, _) => "Began its own turn.".to_owned(),
        (Mode::Joined, _) => "Joined the turn.".to_owned(),
        (Mode::Removed, _) => "Taken back: nothing is done about it.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(mode: Mode, place: (usize, usize)) -> String {
        let thread = ThreadId::new("discord", 7);
        let row = Inboxed { message: "8".into(), thread, member: "discord:1".into(), mode, body: String::new() };
        let card = card(&key(&row), &Seen { row, since: Instant::now(), place });
        let deeds: Vec<_> = card.offers.iter().map(|offer| offer.deed.as_str()).collect();
        format!("{} [{}]", card.state, deeds.join(" "))
    }

    #[test]
    fn a_card_says_how_a_message_waits_and_what_may_be_done_about_it() {
        let all = [
            shown(Mode::Steer, (1, 1)),
            shown(Mode::Queue, (1, 2)),
            shown(Mode::Queue, (2, 2)),
            shown(Mode::Interrupt, (1, 1)),
            shown(Mode::Began, (0, 0)),
            shown(Mode::Joined, (0, 0)),
            shown(Mode::Removed, (0, 0)),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        -# Joins at the next tool call. [queue interrupt]
        -# ⏭ Queued: it is next. [interrupt take-back]
        -# ⏭ Queued: 2 of 2. [interrupt take-back]
        -# ✋ The running turn is stopped for it. []
        -# Began its own turn. []
        -# Joined the turn. []
        -# Taken back: nothing is done about it. []
        ");
    }
}
