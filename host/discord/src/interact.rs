//! Clicks and commands. Each is acknowledged before anything else is done: Discord gives three seconds.

use std::collections::BTreeSet;

use claudetools_agent::ThreadId;
use claudetools_chat::cards::Typed;
use claudetools_chat::{ChatError, Choice};
use serenity::model::application::{
    CommandDataOptionValue, CommandInteraction, ComponentInteraction, Interaction, ModalInteraction,
};
use serenity::model::guild::Member;

use crate::body::Body;
use crate::commands::Command;
use crate::core::{Core, FRONT};
use crate::custom_id::CustomId;
use crate::intake::member;
use crate::press;
use crate::words;

/// What somebody wants, with what the event says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) id: u64,
    pub(crate) token: String,
    pub(crate) application: u64,
    pub(crate) guild: Option<u64>,
    pub(crate) channel: u64,
    pub(crate) user: u64,
    /// Role ids at this moment; none outside a guild.
    pub(crate) roles: BTreeSet<String>,
    pub(crate) what: What,
}

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Click(Option<CustomId>),
    Command(Option<Command>),
    /// A form that was filled in.
    Form(Option<CustomId>, Typed),
}

impl Wish {
    /// From an event; `None` for kinds that the bot never asks for.
    pub(crate) fn of(interaction: &Interaction) -> Option<Self> {
        match interaction {
            Interaction::Command(command) => Some(Self::of_command(command)),
            Interaction::Component(click) => Some(Self::of_click(click)),
            Interaction::Modal(form) => Some(Self::of_form(form)),
            _ => None,
        }
    }

    fn of_command(command: &CommandInteraction) -> Self {
        let option = match command.data.options.first().map(|option| &option.value) {
            Some(CommandDataOptionValue::String(text)) => Some(text.as_str()),
            _ => None,
        };
        Self {
            id: command.id.get(),
            token: command.token.clone(),
            application: command.application_id.get(),
            guild: command.guild_id.map(|id| id.get()),
            channel: command.channel_id.get(),
            user: command.user.id.get(),
            roles: roles(command.member.as_deref()),
            what: What::Command(Command::parse(&command.data.name, option)),
        }
    }

    fn of_click(click: &ComponentInteraction) -> Self {
        Self {
            id: click.id.get(),
            token: click.token.clone(),
            application: click.application_id.get(),
            guild: click.guild_id.map(|id| id.get()),
            channel: click.channel_id.get(),
            user: click.user.id.get(),
            roles: roles(click.member.as_ref()),
            what: What::Click(CustomId::parse(&click.data.custom_id)),
        }
    }

    fn of_form(form: &ModalInteraction) -> Self {
        Self {
            id: form.id.get(),
            token: form.token.clone(),
            application: form.application_id.get(),
            guild: form.guild_id.map(|id| id.get()),
            channel: form.channel_id.get(),
            user: form.user.id.get(),
            roles: roles(form.member.as_ref()),
            what: What::Form(CustomId::parse(&form.data.custom_id), press::typed(form)),
        }
    }
}

fn roles(member: Option<&Member>) -> BTreeSet<String> {
    member.map(|member| member.roles.iter().map(|role| role.get().to_string()).collect()).unwrap_or_default()
}

impl Core {
    /// Acknowledges, does, and answers so that only the person sees it.
    pub(crate) async fn interact(&self, wish: Wish) {
        if let What::Click(Some(CustomId::Decide(offer))) = wish.what {
            return self.click(&wish, offer).await;
        }
        if let Err(error) = self.rest.acknowledge(wish.id, &wish.token).await {
            tracing::warn!(%error, "a click or command could not be acknowledged");
            return;
        }
        let text = self.grant(&wish).await;
        self.answer(&wish, &text).await;
    }

    /// Answers what was acknowledged, so that only the person sees it.
    pub(crate) async fn answer(&self, wish: &Wish, text: &str) {
        let body = Body::answer(&words::line(text, self.chat.guard()));
        if let Err(error) = self.rest.answer(wish.application, wish.id, &wish.token, &body).await {
            tracing::warn!(%error, "a click or command could not be answered");
        }
    }

    async fn grant(&self, wish: &Wish) -> String {
        if !wish.guild.is_some_and(|guild| self.serves(guild)) {
            return "I do not work here.".to_owned();
        }
        let roles = self.chat.roles(&member(wish.user), &wish.roles);
        if roles.is_empty() {
            return "You have no role that may talk to me here; ask an administrator.".to_owned();
        }
        let thread = ThreadId::new(FRONT, wish.channel);
        match &wish.what {
            What::Click(Some(CustomId::Stop { thread: bound })) if *bound == wish.channel => {
                self.stop(wish, &thread, &roles).await
            }
            What::Form(Some(CustomId::Decide(offer)), typed) => self.decide(wish, *offer, typed.clone()).await,
            What::Click(_) | What::Form(..) => {
                let why = "This button does not belong here.";
                self.chat.note_refused(&member(wish.user), "a press on an unknown button", why).await;
                why.to_owned()
            }
            What::Command(Some(Command::Stop)) => self.stop(wish, &thread, &roles).await,
            What::Command(Some(Command::Status)) => self.status(&thread).await,
            What::Command(Some(Command::Model(model))) => self.choose(&thread, model).await,
            What::Command(None) => "I do not know this command.".to_owned(),
        }
    }

    /// Stops the turn for the person who asked, or for an administrator. After a restart nobody remembers who asked;
    /// then everybody who may talk to the bot may stop it.
    async fn stop(&self, wish: &Wish, thread: &ThreadId, roles: &BTreeSet<String>) -> String {
        let requester = self.rooms.requester(wish.channel);
        let may = requester.is_none_or(|requester| requester == wish.user) || roles.contains(&self.settings.admin_role);
        if !may {
            return "Only the person who asked, or an administrator, can stop this.".to_owned();
        }
        match self.chat.stop(thread).await {
            true => "Stopped.".to_owned(),
            false => "Nothing runs in this thread.".to_owned(),
        }
    }

    async fn status(&self, thread: &ThreadId) -> String {
        match self.chat.status(thread).await {
            Ok(status) => words::status(&status),
            Err(error) => failed(&error),
        }
    }

    async fn choose(&self, thread: &ThreadId, model: &str) -> String {
        match self.chat.choose(thread, Choice::Model, Some(model)).await {
            Ok(()) => format!("From the next request on this thread uses `{model}`."),
            Err(error) => failed(&error),
        }
    }
}

/// A refusal is shown; what went wrong inside is logged.
fn failed(error: &ChatError) -> String {
    match error {
        ChatError::Refused(refusal) => refusal.message.clone(),
        ChatError::Ledger(_) => {
            tracing::error!(%error, "a command failed");
            "That did not work; the log of the bot says why.".to_owned()
        }
    }
}
