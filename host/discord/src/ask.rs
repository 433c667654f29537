//! `/ask`: a question that was typed as a command is a message like any other.

use claudetools_agent::ThreadId;
use claudetools_chat::render::{self, Outbound};
use claudetools_chat::{Mention, Receipt, title};

use crate::attach;
use crate::body::Body;
use crate::commands::Typed;
use crate::core::{Core, FRONT};
use crate::hear::{Place, Remote};
use crate::intake::{NO_CHANNEL, member};
use crate::places::{Kind, Known};
use crate::reply::{No, Reply};
use crate::trouble::{Deed, HAS_THREAD};
use crate::wish::Wish;

/// A longer question is shown in part, with the whole of it as a file.
const LONG: usize = 1500;

/// What somebody says by a command.
pub(crate) struct Spoken<'a> {
    /// As people see it, with files: it is posted first, since a command leaves no message of its own.
    pub(crate) shown: Outbound,
    /// A thread that it begins is named by this.
    pub(crate) title: &'a str,
    /// As the model reads it.
    pub(crate) text: String,
    pub(crate) files: &'a [Remote],
}

impl Core {
    pub(crate) async fn ask(&self, wish: &Wish, typed: &Typed) -> Result<Reply, No> {
        let question = typed.text("question").ok_or_else(|| No::Failed("Say what you want to know.".to_owned()))?;
        let files: Vec<Remote> = typed.file("file").cloned().into_iter().collect();
        let named = files.iter().map(|file| format!("\n*With a file:* `{}`", file.name.replace('`', "'")));
        let shown = format!("{} asks: {question}{}", wish.name, named.collect::<String>());
        let whole = (question.chars().count() > LONG).then_some(question);
        let shown = render::quoted(&shown, whole, self.chat.guard());
        self.speak(wish, Spoken { shown, title: question, text: question.to_owned(), files: &files }).await
    }

    /// Says something for the person: in a channel it begins a thread, in a thread it joins the conversation. The thread
    /// is there before the message is in the inbox, and the person is told when it is.
    pub(crate) async fn speak(&self, wish: &Wish, spoken: Spoken<'_>) -> Result<Reply, No> {
        let place = self.place_in(wish.guild, wish.channel).await;
        let opens = match place.map_err(|_| No::Failed(NO_CHANNEL.to_owned()))? {
            Place::Channel => true,
            Place::OwnThread | Place::OtherThread => false,
            Place::Direct | Place::Elsewhere => {
                return Err(No::Failed("Ask me in a text channel or in a thread of one.".to_owned()));
            }
        };
        let message = self.post_spoken(wish, &spoken.shown, opens).await?;
        let thread = if opens { self.open(wish, wish.channel, message, spoken.title).await? } else { wish.channel };
        let receipt = self.receive_spoken(wish, &spoken, message, thread).await;
        if receipt.is_err() {
            self.unsay(wish.channel, message).await;
        }
        match receipt? {
            Receipt::Refused(refusal) => Err(No::Refused(refusal.message)),
            Receipt::Joins => Ok("It is in the inbox and joins what is being worked on.".into()),
            Receipt::Began | Receipt::Duplicate if opens => {
                let text = "I work on it:".to_owned();
                Ok(Reply { text, threads: vec![(thread, String::new())], ..Reply::default() })
            }
            Receipt::Began | Receipt::Duplicate => Ok("I work on it.".into()),
        }
    }

    async fn post_spoken(&self, wish: &Wish, shown: &Outbound, opens: bool) -> Result<u64, No> {
        let body = Body::create(shown, &format!("said-{:x}", wish.id));
        let deed = match (opens, shown.files()) {
            (true, _) => Deed::WriteInChannel,
            (false, []) => Deed::Write,
            (false, _) => Deed::Upload,
        };
        let posted = self.rest.post(wish.channel, &body, shown.files()).await;
        match posted {
            Ok(id) => Ok(id),
            Err(error) => {
                let why = self.explained(&error, deed, wish.channel).await;
                Err(No::Failed(format!("I cannot write here: {why}.")))
            }
        }
    }

    /// Begins the thread under the message that shows the question.
    pub(crate) async fn open(&self, wish: &Wish, channel: u64, message: u64, title: &str) -> Result<u64, No> {
        match self.rest.begin_thread(channel, message, &title::of(title)).await {
            Ok(()) => {}
            Err(error) if error.code() == Some(HAS_THREAD) => {}
            Err(error) => {
                self.unsay(channel, message).await;
                let why = self.explained(&error, Deed::BeginThread, channel).await;
                return Err(No::Failed(format!("I cannot begin a thread here: {why}.")));
            }
        }
        let kind = Kind::Thread { owner: self.me, parent: channel };
        self.places.note((message, Known { kind, guild: wish.guild.unwrap_or(0) }));
        Ok(message)
    }

    async fn receive_spoken(&self, wish: &Wish, spoken: &Spoken<'_>, message: u64, thread: u64) -> Result<Receipt, No> {
        let channel = self.channel_of(thread).await.ok_or_else(|| No::Failed(NO_CHANNEL.to_owned()))?;
        let mention = Mention {
            message: message.to_string(),
            thread: ThreadId::new(FRONT, thread),
            channel: Some(channel.to_string()),
            member: member(wish.user),
            member_name: wish.name.clone(),
            role_ids: wish.roles.clone(),
            text: spoken.text.clone(),
            quoted: None,
            attachments: attach::fetch(&self.rest, spoken.files).await,
            at: wish.at.clone(),
        };
        let left_out = attach::left_out(&mention.attachments);
        let receipt = self.chat.receive(mention).await?;
        if let (Some(text), Receipt::Began | Receipt::Joins) = (left_out, &receipt) {
            self.say_beside(thread, &format!("left-{message:x}"), &text).await;
        }
        if receipt == Receipt::Began {
            self.rooms.began(thread, wish.user);
        }
        Ok(receipt)
    }

    /// Takes back what shows a message that was not received.
    pub(crate) async fn unsay(&self, channel: u64, message: u64) {
        if let Err(error) = self.rest.delete(channel, message).await {
            tracing::warn!(%error, "a question that was not received stays in its channel");
        }
    }
}
