//! A click, a command, a form or half a word: what somebody wants, with what the event says of them.

use std::collections::BTreeSet;

use claudetools_chat::cards::Typed as Filled;
use serenity::model::application::{
    CommandDataOption, CommandDataOptionValue, CommandInteraction, ComponentInteraction, Interaction, ModalInteraction,
};
use serenity::model::guild::Member;
use serenity::model::user::User;

use crate::commands::{Raw, RawValue};
use crate::custom_id::CustomId;
use crate::hear::Remote;
use crate::press;

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) id: u64,
    pub(crate) token: String,
    pub(crate) application: u64,
    pub(crate) guild: Option<u64>,
    pub(crate) channel: u64,
    /// The message whose button was clicked.
    pub(crate) message: Option<u64>,
    pub(crate) user: u64,
    /// The person's name, as people see it.
    pub(crate) name: String,
    /// Role ids at this moment; none outside a guild.
    pub(crate) roles: BTreeSet<String>,
    /// When, RFC 3339.
    pub(crate) at: String,
    pub(crate) what: What,
}

/// Kinds of wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Click(Option<CustomId>),
    Command(Raw),
    /// A command that is being typed: suggestions are wanted.
    Typing(Raw),
    /// A form that was filled in.
    Form(Option<CustomId>, Filled),
}

/// The fields that every kind of interaction has under the same names.
macro_rules! wish {
    ($from:expr, $member:expr, $what:expr) => {
        Wish {
            id: $from.id.get(),
            token: $from.token.clone(),
            application: $from.application_id.get(),
            guild: $from.guild_id.map(|id| id.get()),
            channel: $from.channel_id.get(),
            message: None,
            user: $from.user.id.get(),
            name: name($member, &$from.user),
            roles: roles($member),
            at: $from.id.created_at().to_string(),
            what: $what,
        }
    };
}

impl Wish {
    /// From an event; `None` for kinds that the bot never asks for.
    pub(crate) fn of(interaction: &Interaction) -> Option<Self> {
        match interaction {
            Interaction::Command(command) => Some(Self::of_command(command, What::Command)),
            Interaction::Autocomplete(command) => Some(Self::of_command(command, What::Typing)),
            Interaction::Component(click) => Some(Self::of_click(click)),
            Interaction::Modal(form) => Some(Self::of_form(form)),
            _ => None,
        }
    }

    fn of_command(command: &CommandInteraction, what: impl Fn(Raw) -> What) -> Self {
        let files = &command.data.resolved.attachments;
        let option = |option: &CommandDataOption| {
            let value = match &option.value {
                CommandDataOptionValue::String(text) => RawValue::Text(text.clone()),
                CommandDataOptionValue::Integer(count) => RawValue::Count(*count),
                CommandDataOptionValue::Attachment(id) => {
                    files.get(id).map_or(RawValue::Other, |file| RawValue::File(Remote::from(file)))
                }
                CommandDataOptionValue::Autocomplete { value, .. } => RawValue::Begun(value.clone()),
                _ => RawValue::Other,
            };
            (option.name.clone(), value)
        };
        let raw = Raw { name: command.data.name.clone(), options: command.data.options.iter().map(option).collect() };
        wish!(command, command.member.as_deref(), what(raw))
    }

    fn of_click(click: &ComponentInteraction) -> Self {
        let clicked = CustomId::parse(&click.data.custom_id).and_then(|id| press::picked(id, &click.data.kind));
        let message = Some(click.message.id.get());
        Self { message, ..wish!(click, click.member.as_ref(), What::Click(clicked)) }
    }

    fn of_form(form: &ModalInteraction) -> Self {
        let what = What::Form(CustomId::parse(&form.data.custom_id), press::typed(form));
        wish!(form, form.member.as_ref(), what)
    }
}

/// As the server calls them, or as they call themselves.
fn name(member: Option<&Member>, user: &User) -> String {
    let nick = member.and_then(|member| member.nick.clone());
    nick.or_else(|| user.global_name.clone()).unwrap_or_else(|| user.name.clone())
}

fn roles(member: Option<&Member>) -> BTreeSet<String> {
    member.map(|member| member.roles.iter().map(|role| role.get().to_string()).collect()).unwrap_or_default()
}
