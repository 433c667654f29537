//! What is chosen in a thread, by its people or else by its channel or the program.

use std::collections::BTreeMap;

use claudetools_agent::ThreadId;
use claudetools_agent::models::{self, MicroUsd};
use claudetools_ledger::{Kind, LedgerError, Record};
use claudetools_policy::{ChannelPolicy, Code, MemberId, Refusal, Verbosity};

use crate::chat::{Chat, ChatError};
use crate::desk::Desk;

/// Something that people choose in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The model's id or alias.
    Model,
    /// `low` … `max`.
    Effort,
    /// `quiet`, `normal` or `verbose`.
    Verbosity,
    /// The client that the thread is about.
    Client,
    /// `on` while the thread plans: nothing is changed before a plan is approved.
    Plan,
    /// The front's id of the channel that the thread belongs to; nobody chooses it twice.
    Channel,
    /// What administrators gave the thread beyond its budget, in millionths of a dollar; only [`Chat::raise`] writes it.
    Raised,
}

/// What holds in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// The model of its next request.
    pub model: String,
    /// The effort of its next request.
    pub effort: String,
    /// How much is shown of the work.
    pub verbosity: Verbosity,
    /// The client that it is about: its channel's when it began, whatever becomes of the channel since.
    pub client: Option<String>,
    /// Whether it plans: nothing is changed before a plan is approved.
    pub plan: bool,
    /// The front's id of the channel that it belongs to.
    pub channel: Option<String>,
    /// What differs in that channel.
    pub policy: ChannelPolicy,
    /// What administrators gave it beyond the budget of a thread.
    pub raised: MicroUsd,
}

impl Choice {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Effort => "effort",
            Self::Verbosity => "verbosity",
            Self::Client => "client",
            Self::Plan => "plan",
            Self::Channel => "channel",
            Self::Raised => "raised",
        }
    }

    /// Whether a value can be chosen; the sentence says what can.
    fn check(self, value: &str, own_model: &str) -> Result<(), String> {
        let shown: String = value.chars().filter(|c| c.is_ascii_graphic() && *c != '`').take(64).collect();
        let one_of = |what: &str, known: &[&str]| match known.contains(&value) {
            true => Ok(()),
            false => Err(format!("There is no {what} `{shown}`; choose one of {}.", known.join(", "))),
        };
        match self {
            Self::Model if models::known(value) || value == own_model => Ok(()),
            Self::Model => one_of("model", &models::choices().map(|model| model.id).collect::<Vec<_>>()),
            Self::Effort => one_of("effort", models::EFFORTS),
            Self::Verbosity => one_of("verbosity", &["quiet", "normal", "verbose"]),
            Self::Plan => one_of("plan mode", &["on"]),
            Self::Raised => {
                Err("A thread is given more money by the button of a message that says it is spent.".to_owned())
            }
            Self::Client | Self::Channel => Ok(()),
        }
    }
}

impl Chat {
    /// Chooses something in a thread, from its next request on; `None` goes back to the default. Refused for what
    /// cannot be chosen.
    pub async fn choose(&self, thread: &ThreadId, choice: Choice, value: Option<&str>) -> Result<(), ChatError> {
        let desk = self.desk();
        if let Some(value) = value {
            let wrong = |why| Refusal::new(Code::ProtoShape, why);
            choice.check(value, &desk.settings.model).map_err(wrong)?;
            if choice == Choice::Client {
                may_bind(&desk.choices(thread).await?.policy, value).map_err(wrong)?;
            }
        }
        Ok(desk.settings.ledger.choose(thread, choice.key(), value).await?)
    }

    /// Notes in the audit who chose something in a thread.
    pub async fn note_setting(
        &self,
        thread: &ThreadId,
        member: &MemberId,
        choice: Choice,
        value: Option<&str>,
    ) -> Result<(), ChatError> {
        let detail = serde_json::json!({ "setting": choice.key(), "value": value });
        let (thread, member) = (Some(thread.clone()), Some(member.0.clone()));
        let record = Record { kind: Kind::Setting, thread, turn: None, member, detail };
        self.desk().settings.ledger.append_audit(&record).await?;
        Ok(())
    }

    /// What holds in a thread.
    pub async fn choices(&self, thread: &ThreadId) -> Result<Choices, ChatError> {
        Ok(self.desk().choices(thread).await?)
    }
}

/// Whether a thread of a channel can be about a client.
fn may_bind(channel: &ChannelPolicy, client: &str) -> Result<(), String> {
    if channel.may_bind(client) {
        return Ok(());
    }
    Err(match &channel.client {
        Some(own) => format!("The threads of this channel are about the client `{own}` and no other."),
        None => format!("plugins.toml describes no client `{client}`; write `[client.{client}]` there first."),
    })
}

impl Desk {
    /// What holds in a thread.
    pub(crate) async fn choices(&self, thread: &ThreadId) -> Result<Choices, LedgerError> {
        let chosen = self.settings.ledger.choices(thread).await?;
        Ok(self.holds(chosen))
    }

    fn holds(&self, mut chosen: BTreeMap<String, String>) -> Choices {
        let mut take = |choice: Choice| chosen.remove(choice.key());
        let channel = take(Choice::Channel);
        let policy = (self.settings.channel)(channel.as_deref());
        let verbosity = take(Choice::Verbosity).and_then(|text| serde_json::from_value(text.into()).ok());
        Choices {
            model: take(Choice::Model).or(policy.model.clone()).unwrap_or_else(|| self.settings.model.clone()),
            effort: take(Choice::Effort).or(policy.effort.clone()).unwrap_or_else(|| self.settings.effort.clone()),
            verbosity: verbosity.unwrap_or(policy.verbosity),
            client: take(Choice::Client),
            plan: take(Choice::Plan).is_some(),
            raised: MicroUsd(take(Choice::Raised).and_then(|text| text.parse().ok()).unwrap_or(0)),
            channel,
            policy,
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn a_thread_is_bound_to_a_described_client_and_in_a_clients_channel_to_no_other() {
        let channel = |client: Option<&str>, binds: Option<&[&str]>| ChannelPolicy {
            client: client.map(str::to_owned),
            binds: binds.map(|names| names.iter().map(ToString::to_string).collect()),
            ..ChannelPolicy::default()
        };
        let own = channel(Some("contoso"), Some(&["contoso"]));
        assert_snapshot!(may_bind(&own, "fabrikam").unwrap_err(), @"The threads of this channel are about the client `contoso` and no other.");
        assert_snapshot!(may_bind(&channel(None, Some(&["contoso"])), "fabrikam").unwrap_err(), @"plugins.toml describes no client `fabrikam`; write `[client.fabrikam]` there first.");
        assert_eq!(may_bind(&own, "contoso"), Ok(()));
        assert_eq!(may_bind(&channel(None, None), "fabrikam"), Ok(()));
    }
}
