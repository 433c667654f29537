//! More money for one thread, by an administrator's click.

use std::sync::Arc;

use claudetools_agent::models::MicroUsd;
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Kind, LedgerError, Record};
use claudetools_policy::{Code, Refusal};

use crate::chat::{Chat, ChatError};
use crate::choices::Choice;
use crate::desk::Desk;
use crate::owed::id;
use crate::steering::{ADMIN, Asker};
use crate::{Delivery, DeliveryKind};

/// What one click gives: the price of some long turns, so that nobody clicks all day and nobody gives away a month.
pub const RAISE: MicroUsd = MicroUsd(5_000_000);

impl Chat {
    /// Gives a thread [`RAISE`] more than `most`, which is what it may spend now; answers with what it may spend then.
    /// Refused to everybody but administrators (`caller.role`), and where the thread may spend another amount by now
    /// (`confirm.replay`), so that two clicks give once.
    pub async fn raise(&self, thread: &ThreadId, most: MicroUsd, by: Asker<'_>) -> Result<MicroUsd, ChatError> {
        if !by.roles.contains(ADMIN) {
            let why = "Only an administrator can give a thread more money.";
            return Err(Refusal::new(Code::CallerRole, why).into());
        }
        let desk = self.desk();
        let was = desk.choices(thread).await?.raised;
        let now = was.plus(RAISE);
        if (desk.settings.budget)().thread.map(|own| MicroUsd(own).plus(was)) != Some(most) {
            return Err(stale().into());
        }
        let record = Record {
            kind: Kind::Setting,
            thread: Some(thread.clone()),
            turn: None,
            member: Some(by.member.0.clone()),
            detail: serde_json::json!({ "setting": Choice::Raised.key(), "value": now.0.to_string() }),
        };
        let was = (was.0 > 0).then(|| was.0.to_string());
        let change = (Choice::Raised.key(), was.as_deref(), now.0.to_string());
        match desk.settings.ledger.choose_from(thread, change, &record).await? {
            true => Ok(most.plus(RAISE)),
            false => Err(stale().into()),
        }
    }
}

impl Desk {
    /// Owes the thread a way to go on with a turn that ended because the thread has spent what it may.
    pub(crate) async fn owe_raise(
        self: &Arc<Self>,
        thread: &ThreadId,
        turn: &TurnId,
        most: MicroUsd,
    ) -> Result<(), LedgerError> {
        let delivery = Delivery {
            id: id(&format!("raise {turn}")),
            thread: thread.clone(),
            reply_to: None,
            kind: DeliveryKind::Raise { most },
            posted: Vec::new(),
        };
        self.owe(&delivery).await
    }
}

fn stale() -> Refusal {
    Refusal::new(Code::ConfirmReplay, "This was given already, or the limit was changed; `/cost` says what is left.")
}
