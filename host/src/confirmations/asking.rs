//! Questions of the model: put to people, waited for, and answered, by a press or in a message.

use std::collections::BTreeSet;
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_agent::tools::ToolCall;
use claudetools_chat::{Mention, Mode};
use claudetools_ledger::{Asked, Asking, State, from_now, now};
use claudetools_policy::{Code, MemberId, Refusal, RoleName};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Confirmations, fill, survey::Survey};
use crate::unwritable::unwritable;

/// How long a question of the model stands: people are asked in the evening and answer in the morning.
const STANDS: Duration = Duration::from_secs(24 * 60 * 60);
/// The time between two looks for a message that answers.
const LOOK: Duration = Duration::from_millis(500);

/// The roles of a member with these ids, at the moment.
type RolesOf<'a> = &'a (dyn Fn(&BTreeSet<String>) -> BTreeSet<RoleName> + Sync);

impl Confirmations {
    /// Puts questions to the people of the call's thread; those that were put before, as after a restart, stand.
    pub(crate) async fn put(&self, call: &ToolCall, survey: &Survey) -> Result<Asked, Refusal> {
        if let Some(asked) = self.about(call).await? {
            return Ok(asked);
        }
        self.not_too_often(&call.thread).await?;
        let (id, body) = (uuid::Uuid::new_v4().simple().to_string(), survey.written());
        let hash = claudetools_policy::Digest::of(&body).to_string();
        self.audit(call, json!({ "asked": id, "call": call.id, "tool": call.name, "hash": hash })).await?;
        let asking = Asking {
            id: &id,
            thread: &call.thread,
            turn: &call.turn,
            call: &call.id,
            hash: &hash,
            shape: &call.name,
            body: &body,
            expires: &from_now(STANDS, false),
        };
        self.keep(&asking).await
    }

    /// Waits for the answer. A message in the thread, of somebody who may answer, is one.
    pub(crate) async fn answer(
        &self,
        asked: &Asked,
        thread: &ThreadId,
        roles_of: RolesOf<'_>,
        stop: &CancellationToken,
    ) -> Result<Survey, Refusal> {
        let _waiter = self.waiter(&asked.id);
        let mut moved = self.moved.subscribe();
        loop {
            moved.borrow_and_update();
            let asked = self.ledger.asked(&asked.id).await.map_err(unwritable)?;
            let asked = asked.ok_or_else(|| unwritable("a question is gone"))?;
            let survey = Survey::read(&asked.body).ok_or_else(|| unwritable("a question can't be read"))?;
            match asked.state {
                State::Asked if asked.expires <= now() => {
                    self.ledger.settle(&asked.id, State::Expired, None).await.map_err(unwritable)?;
                    self.moved();
                    continue;
                }
                State::Asked => {}
                State::Confirmed | State::Used => {
                    // Read again after a crash, an answer is the same answer.
                    self.ledger.settle(&asked.id, State::Used, None).await.map_err(unwritable)?;
                    self.moved();
                    return Ok(survey);
                }
                State::Expired => {
                    let message = "Nobody answered in time. Go on with what you know, or ask again.";
                    return Err(Refusal::new(Code::ConfirmExpired, message));
                }
                State::Denied | State::Withdrawn => {
                    return Err(Refusal::new(Code::CallCancelled, "The question was withdrawn; nobody answered."));
                }
            }
            if let Some(member) = self.said(thread, &survey, roles_of).await? {
                let body = Survey { in_message: true, ..survey }.written();
                if self.ledger.revise(&asked.id, &body).await.map_err(unwritable)? {
                    self.ledger.settle(&asked.id, State::Confirmed, Some(&member.0)).await.map_err(unwritable)?;
                }
                self.moved();
                continue;
            }
            tokio::select! {
                _ = moved.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = stop.cancelled() => return Err(self.stopped(&asked.id).await),
            }
        }
    }

    /// Who wrote a message that is about to join the turn and may answer, if anybody did.
    async fn said(
        &self,
        thread: &ThreadId,
        survey: &Survey,
        roles_of: RolesOf<'_>,
    ) -> Result<Option<MemberId>, Refusal> {
        let waiting = self.ledger.unsettled(Some(thread)).await.map_err(unwritable)?;
        let joining = waiting.into_iter().filter(|row| row.mode == Mode::Steer);
        let mentions = joining.filter_map(|row| serde_json::from_str::<Mention>(&row.body).ok());
        let may = |mention: &Mention| fill::may_say(survey, &mention.member, &roles_of(&mention.role_ids)).is_ok();
        Ok(mentions.filter(may).map(|mention| mention.member).next())
    }
}
