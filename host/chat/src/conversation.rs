//! What people do to a conversation: compact it, clear it, take turns back, fork it.

use std::fmt;

use claudetools_agent::client::Request;
use claudetools_agent::entry::{Compacted, Entry};
use claudetools_agent::message::View;
use claudetools_agent::turn::{FailureKind, Why};
use claudetools_agent::window::{Transcript, Window, marks};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Batch, Kind, Record, UsageRow};
use claudetools_policy::MemberId;

use crate::chat::{Chat, ChatError};
use crate::compact::{Made, Wish};
use crate::desk::Desk;
use crate::hold::Hold;

const RUNS: &str = "A turn is running here. Wait for its end or stop it, and try again.";
const UNFINISHED: &str = "The last turn here has not ended yet. Try again when it has.";
const EMPTY: &str = "Nothing was said here yet.";
const STOPPED: &str = "It was stopped; the conversation is as it was.";

/// Turns that were taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewound {
    /// How many.
    pub turns: u32,
    /// Calls made in them whose effects stay: each tool that may change things, with the file where there is one.
    pub stays: Vec<String>,
}

impl fmt::Display for Rewound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.turns {
            1 => write!(f, "The last turn is taken back: I no longer know of it.")?,
            turns => write!(f, "The last {turns} turns are taken back: I no longer know of them.")?,
        }
        match self.stays.is_empty() {
            true => Ok(()),
            false => write!(f, " What was done stays as it is; nothing was undone: {}.", self.stays.join(", ")),
        }
    }
}

impl Chat {
    /// Puts a summary in the place of a thread's conversation; `instructions` say what it must keep. What a person pinned,
    /// the list of tasks and the repository's instructions stay. Refused while a turn runs; the conversation stays as
    /// it is where the summary fails.
    pub async fn compact(&self, thread: &ThreadId, instructions: Option<&str>) -> Result<Compacted, ChatError> {
        let (mut hold, entries) = self.hold(thread).await?;
        let Some((turn, member)) = last_turn(&entries) else { return Err(cannot(EMPTY)) };
        let choices = self.desk().choices(thread).await?;
        let transcript = Transcript::of(&entries);
        let Window { head: Some(head), messages } = transcript.window() else { return Err(cannot(EMPTY)) };
        let mut request = self.desk().summary_request(&choices, head, messages, Why::Full, instructions);
        let account = Desk::account(thread, &member, &choices);
        let purse = self.desk().set_aside(account, choices.clone(), &mut request, &entries).await?;
        let purse = purse.map_err(|short| short.refusal)?;
        let longest = request.longest_reply;
        let wish = Wish { thread: thread.clone(), turn: None, tokens: transcript.fill().tokens() };
        let summarising = async {
            let shorter = |head, messages| {
                let request = self.desk().summary_request(&choices, head, messages, Why::TooLong, instructions);
                Request { longest_reply: longest, ..request }
            };
            match (self.desk().summarise(&wish, request).await, transcript.window()) {
                (Err(failure), Window { head: Some(head), messages }) if failure.kind == FailureKind::TooLong => {
                    self.desk().summarise(&wish, shorter(head, messages)).await
                }
                (made, _) => made,
            }
        };
        let made = tokio::select! {
            made = summarising => made.map_err(|failure| {
                cannot(&format!("The conversation could not be summarised, and is as it was: {}.", failure.message))
            }),
            () = hold.stopped() => Err(cannot(STOPPED)),
        };
        let Made { head, compacted, cost, request } = match (made, purse.reservation) {
            (Ok(made), _) => made,
            (Err(why), None) => return Err(why),
            (Err(why), Some(reservation)) => {
                self.desk().settings.ledger.release(reservation).await?;
                return Err(why);
            }
        };
        let usage = UsageRow {
            thread: thread.clone(),
            turn,
            member,
            client: purse.account.client.clone(),
            channel: purse.account.channel.clone(),
            model: compacted.model.clone(),
            request,
            usage: compacted.usage,
            cost,
            cache_lost: None,
            reservation: purse.reservation,
        };
        let entries = [Entry::Head(head), Entry::Compacted(Box::new(compacted.clone()))];
        let batch = Batch { entries: &entries, usage: Some(&usage), outgoing: None };
        self.desk().settings.ledger.commit(thread, batch).await?;
        self.desk().begins_anew(thread);
        self.desk().warn(&purse).await?;
        Ok(compacted)
    }

    /// Begins a thread's conversation anew, with the repository's instructions and what a person pinned. What the
    /// thread has taken in and who has spoken in it is not forgotten. Refused while a turn runs.
    pub async fn clear(&self, thread: &ThreadId) -> Result<(), ChatError> {
        let (_hold, entries) = self.hold(thread).await?;
        if entries.is_empty() {
            return Err(cannot(EMPTY));
        }
        let kept = self.desk().pins(thread).await?;
        let head = self.desk().new_head(&self.desk().choices(thread).await?).await;
        let entries = [Entry::Head(head), Entry::Cleared { kept }];
        self.desk().begins_anew(thread);
        Ok(self.desk().settings.ledger.append(thread, &entries).await?)
    }

    /// Takes back the newest turns of a thread: the conversation is what it was before them. Only the conversation:
    /// files and everything else that tools changed stay. Refused while a turn runs, and for more turns than were made
    /// since the newest compaction.
    pub async fn rewind(&self, thread: &ThreadId, turns: u32) -> Result<Rewound, ChatError> {
        let (_hold, entries) = self.hold(thread).await?;
        let marks = marks(&entries);
        let wanted = usize::try_from(turns).unwrap_or(usize::MAX);
        let taken_back = match marks.len().checked_sub(wanted).and_then(|at| marks.get(at..)) {
            Some(marks) if !marks.is_empty() => turns_at(&entries, marks),
            _ => return Err(cannot(&beyond(turns, marks.len()))),
        };
        let stays = self.stays(&entries, &taken_back);
        self.desk().settings.ledger.append(thread, &[Entry::Rewound { turns }]).await?;
        self.desk().begins_anew(thread);
        Ok(Rewound { turns, stays })
    }

    /// Begins a thread with the conversation of another, as far as it has come: with all that it has taken in, and with
    /// no more rights than those have who spoke in it. Refused while a turn runs in either, and for a thread that
    /// has begun.
    pub async fn fork(&self, from: &ThreadId, to: &ThreadId) -> Result<(), ChatError> {
        let (_from, entries) = self.hold(from).await?;
        if entries.is_empty() {
            return Err(cannot(EMPTY));
        }
        let _to = self.desk().hold(to).ok_or_else(|| cannot(RUNS))?;
        match self.desk().settings.ledger.fork(from, to).await? {
            true => Ok(()),
            false => Err(cannot("There is a conversation in that thread already; fork into a new one.")),
        }
    }

    /// Notes in the audit who changed a thread's conversation as a whole: by which command, and into which thread.
    pub async fn note_change(
        &self,
        thread: &ThreadId,
        member: &MemberId,
        command: &str,
        to: Option<&ThreadId>,
    ) -> Result<(), ChatError> {
        let detail = serde_json::json!({ "change": command, "to": to });
        let (thread, member) = (Some(thread.clone()), Some(member.0.clone()));
        let record = Record { kind: Kind::Conversation, thread, turn: None, member, detail };
        self.desk().settings.ledger.append_audit(&record).await?;
        Ok(())
    }

    /// Keeps every turn out of a thread, and reads what its next request needs.
    async fn hold(&self, thread: &ThreadId) -> Result<(Hold, Vec<Entry>), ChatError> {
        let hold = self.desk().hold(thread).ok_or_else(|| cannot(RUNS))?;
        let entries = self.desk().settings.ledger.load(thread).await?;
        match crate::opening::is_unfinished(&entries) {
            true => Err(cannot(UNFINISHED)),
            false => Ok((hold, entries)),
        }
    }

    /// The calls of these turns that may have changed something, each once.
    fn stays(&self, entries: &[Entry], turns: &[&TurnId]) -> Vec<String> {
        let tools = &self.desk().settings.tools;
        let mut stays = Vec::new();
        for entry in entries {
            let Entry::Block { block, turn } = entry else { continue };
            if !turns.contains(&turn) {
                continue;
            }
            let View::ToolUse { name, input, .. } = block.view() else { continue };
            let call = file(&input).map_or(name.clone(), |file| format!("{name} `{file}`"));
            if !tools.read_only(&name) && !stays.contains(&call) {
                stays.push(call);
            }
        }
        stays
    }
}

/// The newest turn and who began it.
fn last_turn(entries: &[Entry]) -> Option<(TurnId, String)> {
    entries.iter().rev().find_map(|entry| match entry {
        Entry::Asked { turn, member, .. } => Some((turn.clone(), member.clone())),
        _ => None,
    })
}

fn turns_at<'a>(entries: &'a [Entry], marks: &[usize]) -> Vec<&'a TurnId> {
    let turn = |at: &usize| match entries.get(*at) {
        Some(Entry::Asked { turn, .. }) => Some(turn),
        _ => None,
    };
    marks.iter().filter_map(turn).collect()
}

fn file(input: &str) -> Option<String> {
    let input: serde_json::Value = serde_json::from_str(input).ok()?;
    let path = input.get("file_path")?.as_str()?;
    Some(path.chars().filter(|c| !c.is_control() && *c != '`').take(200).collect())
}

fn beyond(turns: u32, there: usize) -> String {
    match (turns, there) {
        (0, _) => "Say how many turns to take back, from 1 on.".to_owned(),
        (_, 0) => {
            "There is no turn to take back: nothing was said since the conversation began or was compacted.".to_owned()
        }
        (_, 1) => "Only the last turn can be taken back; nothing before it can.".to_owned(),
        (_, n) => format!("Only the last {n} turns can be taken back; nothing before them can."),
    }
}

fn cannot(why: &str) -> ChatError {
    ChatError::Cannot(why.to_owned())
}
