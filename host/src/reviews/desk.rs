//! The desk of reviews: one task that keeps the cards true and decides on one press after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use claudetools_chat::cards::{Answer, Card, Cards, Deed, Press, Token};
use claudetools_ledger::{Kind, Ledger, LedgerError, Record};
use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::decide::{OUT_OF_DATE, decide};
use super::first_use::FirstUses;
use super::looked::{Looked, NAME, RISK, Shown, looked};
use super::{card, used_by};
use crate::in_force::{InForce, Newest};

/// The role that may decide.
const REVIEWER: &str = "reviewer";

/// The time between two looks at the audit for first uses.
const LOOK: Duration = Duration::from_secs(1);

/// Presses that may wait: people click a few times a minute, and a front waits for its answer.
const WAITING: usize = 16;

/// Where a decision is written, and where the past is kept.
pub struct Place {
    /// `plugins.toml`.
    pub plugins_toml: PathBuf,
    /// Where approved versions are kept.
    pub data_dir: PathBuf,
    /// The audit.
    pub ledger: Ledger,
}

/// Keeps the cards true and answers presses. Only fronts hold the other end of it.
pub struct Desk {
    place: Place,
    in_force: Newest,
    cards: watch::Sender<Arc<Vec<Card>>>,
    presses: mpsc::Receiver<Press>,
    offers: BTreeMap<Token, (Deed, Shown)>,
    /// Cards of what was admitted when the program started: an approval of long ago is no news.
    familiar: BTreeSet<String>,
    uses: FirstUses,
    /// The notices about first uses of this run.
    told: Vec<Card>,
}

impl Desk {
    /// A desk over what is in force, and what a front needs of it.
    pub async fn open(place: Place, in_force: Newest) -> Result<(Self, Cards), LedgerError> {
        let now = Arc::clone(&in_force.borrow());
        let uses = FirstUses::restore(&place.ledger, &now.policy).await?;
        let (cards, shown) = watch::channel(Arc::default());
        let (sender, presses) = mpsc::channel(WAITING);
        let (offers, told) = (BTreeMap::new(), Vec::new());
        let mut desk = Self { place, in_force, cards, presses, offers, familiar: BTreeSet::new(), uses, told };
        let all = desk.look(&now).await;
        let admitted = all.iter().filter(|one| one.reasons.is_empty());
        desk.familiar = admitted.map(|one| one.key(&now)).collect();
        desk.show(&now, &all);
        Ok((desk, Cards { shown, presses: sender }))
    }

    /// Works until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = self.in_force.changed() => match changed {
                    Ok(()) => self.refresh().await,
                    Err(_) => return,
                },
                Some(press) = self.presses.recv() => self.answer(press).await,
                () = tokio::time::sleep(LOOK) => self.tell_first_uses().await,
            }
        }
    }

    async fn refresh(&mut self) {
        let now = Arc::clone(&self.in_force.borrow_and_update());
        if let Err(error) = self.uses.follow(&self.place.ledger, &now.policy).await {
            tracing::error!(%error, "first uses can't be followed");
        }
        let all = self.look(&now).await;
        self.show(&now, &all);
    }

    /// Everything in force with its review. It reads files and inspects components, away from the other tasks.
    async fn look(&self, now: &Arc<InForce>) -> Vec<Looked> {
        let used = used_by(now, &self.place.ledger).await;
        let (now, data_dir) = (Arc::clone(now), self.place.data_dir.clone());
        tokio::task::spawn_blocking(move || looked(&now, &used, &data_dir)).await.unwrap_or_default()
    }

    fn show(&mut self, now: &InForce, all: &[Looked]) {
        self.offers.clear();
        let mut cards: BTreeMap<String, Card> = BTreeMap::new();
        for one in all.iter().filter(|one| one.file.is_some()) {
            let offer = one.offer(now);
            let news = !self.familiar.contains(&one.key(now)) || now.written.holds_back(&one.name);
            let card = card::plugin(one, now, offer.as_ref().map(|(offer, _)| *offer), news);
            cards.insert(card.key.clone(), card);
            self.offers.extend(offer.map(|(offer, shown)| (offer.token, (offer.deed, shown))));
        }
        let of_plugins = |notice: &&String| {
            now.written.held.iter().any(|held| held.table.starts_with("plugin.") && held.to_string() == **notice)
        };
        let notices: Vec<String> = now.notices.iter().filter(|notice| !of_plugins(notice)).cloned().collect();
        let rest = card::held(&notices).into_iter().chain(self.told.iter().cloned());
        let cards: Vec<Card> = cards.into_values().chain(rest).collect();
        self.cards.send_replace(Arc::new(cards));
    }

    async fn tell_first_uses(&mut self) {
        match self.uses.read(&self.place.ledger).await {
            Ok(used) if used.is_empty() => {}
            Ok(used) => {
                self.told.extend(used.iter().map(|(name, at)| card::first_use(name, at)));
                let mut cards = Vec::clone(&self.cards.borrow());
                cards.extend(used.iter().map(|(name, at)| card::first_use(name, at)));
                self.cards.send_replace(Arc::new(cards));
            }
            Err(error) => tracing::error!(%error, "first uses can't be read"),
        }
    }

    async fn answer(&mut self, press: Press) {
        let answer = match self.judge(&press) {
            Err(why) => Err(why),
            Ok(shown) if press.typed.is_none() => Ok(Answer::Ask(shown.form(press.offer.deed))),
            Ok(shown) => self.carry_out(&press, shown).await.map(Answer::Done),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => {
                self.note_refused(&press, &why).await;
                Answer::Refused(why)
            }
        };
        // Whoever asked may be gone.
        let _ = press.reply.send(answer);
    }

    /// What was shown, where this member may decide on it; what they typed is compared, too.
    fn judge(&self, press: &Press) -> Result<Shown, String> {
        if !self.in_force.borrow().policy.review.in_chat {
            return Err("Approving from chat is off; `[review] in_chat` of plugins.toml says so.".to_owned());
        }
        if !press.roles.contains(REVIEWER) {
            return Err(format!("Only a member with the role `{REVIEWER}` may decide on a plugin."));
        }
        let offered = self.offers.get(&press.offer.token).filter(|(deed, _)| *deed == press.offer.deed);
        let Some((_, shown)) = offered else { return Err(OUT_OF_DATE.to_owned()) };
        let Some(typed) = &press.typed else { return Ok(shown.clone()) };
        let typed = |field: &str| typed.get(field).map(|text| text.trim()).unwrap_or_default();
        if typed(NAME) != shown.name {
            return Err(format!("What you typed is not `{}`; nothing was changed.", shown.name));
        }
        match shown.extreme {
            Some(risk) if typed(RISK) != risk.to_string() => {
                Err(format!("The risk of `{}` is {risk} and was not accepted; nothing was changed.", shown.name))
            }
            _ => Ok(shown.clone()),
        }
    }

    /// Audited before it is done: nothing is approved that has no row. The decision is used up either way.
    async fn carry_out(&mut self, press: &Press, shown: Shown) -> Result<String, String> {
        let deed = press.offer.deed;
        let detail = json!({
            "review": deed.as_str(), "plugin": shown.name, "component": shown.approval.component.to_string(),
            "accepted_risk": shown.extreme,
        });
        self.note(Kind::Setting, press, detail).await.map_err(|error| {
            tracing::error!(%error, "a decision of a reviewer could not be audited");
            "Nothing was changed: the audit can't be written.".to_owned()
        })?;
        self.offers.remove(&press.offer.token);
        let (by, file, data_dir) =
            (press.member.0.clone(), self.place.plugins_toml.clone(), self.place.data_dir.clone());
        let done = tokio::task::spawn_blocking(move || decide(deed, &shown, &by, &file, &data_dir)).await;
        let done = done.unwrap_or_else(|_| Err("Nothing was changed: something went wrong inside.".to_owned()));
        if done.is_err() {
            // Nothing may have changed that would make new offers.
            self.refresh().await;
        }
        done
    }

    async fn note_refused(&self, press: &Press, why: &str) {
        let detail = json!({ "review": press.offer.deed.as_str(), "token": press.offer.token.to_string(), "why": why });
        if let Err(error) = self.note(Kind::Refusal, press, detail).await {
            tracing::error!(%error, "a refused decision could not be audited");
        }
    }

    async fn note(&self, kind: Kind, press: &Press, detail: serde_json::Value) -> Result<i64, LedgerError> {
        let member = Some(press.member.0.clone());
        self.place.ledger.append_audit(&Record { kind, thread: None, turn: None, member, detail }).await
    }
}

#[cfg(test)]
mod tests;
