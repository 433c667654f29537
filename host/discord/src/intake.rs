//! From a message to the inbox.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_chat::{Mention, Quoted, Receipt, title};
use claudetools_policy::MemberId;

use crate::core::{Core, FRONT};
use crate::health::Part;
use crate::hear::{Heard, Late, Place, Remote, Verdict, Why, judge, said};
use crate::places::{Kind, Known};
use crate::rest::RestError;
use crate::rooms::Home;
use crate::trouble::{Deed, HAS_THREAD};
use crate::{attach, wire};

/// Shown on a message that is in the inbox: eyes.
const SEEN: &str = "%F0%9F%91%80";
const NOT_RECEIVED: &str = "I could not write your message down, so I will not work on it. Please say it again later.";
const NOT_HERE: &str = "I work in the channels of a server: mention me there, and I answer in a thread. In direct messages I can't \
    see anybody's roles, so I do nothing here.";
pub(crate) const NO_CHANNEL: &str = "I could not find out which channel this thread belongs to, so that I don't know what is allowed here. Please say it again later.";
/// Between attempts while Discord is in trouble.
const NEXT_TRY: Duration = Duration::from_secs(5);

impl Core {
    /// Hears a message, from the gateway or from a sweep. Messages of one thread are worked on in order.
    pub(crate) fn hear(self: &Arc<Self>, heard: Heard) {
        if !self.cursor.begin(heard.id) {
            return;
        }
        let known = self.places.get(heard.channel);
        let opens = known.is_some_and(|known| known.kind == Kind::Text) && !matches!(heard.late, Late::Stale(_));
        let lane = if opens { heard.id } else { heard.channel };
        let core = self.clone();
        self.intake.push(lane, heard, move |heard| {
            let core = core.clone();
            async move {
                core.take(&heard).await;
                core.end_missed(&heard).await;
                core.cursor.end(heard.id);
                // It may wait now, which the card says.
                core.refresh_card(heard.channel);
            }
        });
    }

    async fn take(&self, heard: &Heard) {
        let asked = self.insist(Part::Asking, || self.place_in(heard.guild, heard.channel)).await;
        let place = asked.unwrap_or(Place::Elsewhere);
        let verdict = judge(heard, place, self.me);
        if let Verdict::Ignored(why) = verdict {
            tracing::trace!(message = heard.id, ?why, "ignored");
            return self.note_ignored(heard, why).await;
        }
        if matches!(heard.late, Late::Stale(_)) {
            return if self.is_welcome(heard).await {
                self.note_stale(heard)
            };
        }
        match verdict {
            Verdict::Opens => self.receive(heard, heard.id).await,
            Verdict::Joins => self.receive(heard, heard.channel).await,
            Verdict::Empty => {
                self.remark(heard, "Say what you need in the same message as the mention.").await;
            }
            Verdict::Astray => self.show_the_way(heard).await,
            Verdict::Ignored(_) => {}
        }
    }

    /// Says in a direct message where the bot works: once to each person, however much they write.
    async fn show_the_way(&self, heard: &Heard) {
        let shown = format!("{FRONT}.direct.{}", heard.author);
        if !matches!(self.chat.cursor(&shown).await, Ok(None)) {
            return;
        }
        match self.chat.set_cursor(&shown, &heard.id.to_string()).await {
            Ok(()) => self.remark(heard, NOT_HERE).await,
            Err(error) => tracing::error!(%error, "a direct message is not answered: it might be twice"),
        }
    }

    /// Programs that speak to the bot are in the audit: somebody may be trying something.
    async fn note_ignored(&self, heard: &Heard, why: Why) {
        let Some(refusal) = why.refusal().filter(|_| heard.author != self.me && heard.mentions(self.me)) else {
            return;
        };
        let member = member(heard.author);
        self.chat.note_refused(&member, "to be answered", &refusal.to_string()).await;
    }

    /// Asks until Discord says yes or no: what was said is not lost because it is in trouble. The cursor stays before it.
    async fn insist<T, F>(&self, part: Part, ask: impl Fn() -> F) -> Result<T, RestError>
    where
        F: Future<Output = Result<T, RestError>>,
    {
        loop {
            match ask().await {
                Err(error) if error.may_pass() => {
                    self.in_trouble(part, &error.to_string());
                    tracing::warn!(%error, ?part, "tried again soon");
                    tokio::time::sleep(NEXT_TRY).await;
                }
                done => {
                    self.is_fine(part);
                    return done;
                }
            }
        }
    }

    /// Where something is said in this channel.
    pub(crate) async fn place_in(&self, guild: Option<u64>, channel: u64) -> Result<Place, RestError> {
        let Some(guild) = guild else { return Ok(Place::Direct) };
        if !self.serves(guild) {
            return Ok(Place::Elsewhere);
        }
        Ok(match self.known(channel, guild).await?.map(|known| known.place(self.me)) {
            Some(Place::OtherThread) if self.is_given(channel).await => Place::OwnThread,
            Some(place) => place,
            None => Place::Elsewhere,
        })
    }

    async fn known(&self, channel: u64, guild: u64) -> Result<Option<Known>, RestError> {
        if let Some(known) = self.places.get(channel) {
            return Ok(Some(known));
        }
        let found = Known::listed(&self.rest.channel(channel).await?);
        let known = found.map(|(_, known)| Known { guild, ..known });
        known.into_iter().for_each(|known| self.places.note((channel, known)));
        Ok(known)
    }

    /// Whether a thread that somebody else began is the bot's all the same, because its first message was said to the bot: a
    /// post of a forum that mentions it. That message has the thread's id.
    async fn is_given(&self, thread: u64) -> bool {
        self.chat.has_received(FRONT, &thread.to_string()).await.unwrap_or_else(|error| {
            tracing::error!(%error, thread, "whose thread it is can't be read: a mention is needed there");
            false
        })
    }

    /// The author's role ids and, where it is not in the message, their name in the server: from the event, or, for a
    /// message that was missed, as they are at this moment.
    async fn standing_of(&self, heard: &Heard) -> (BTreeSet<String>, Option<String>) {
        if let Some(roles) = &heard.roles {
            return (roles.iter().map(u64::to_string).collect(), None);
        }
        let Some(guild) = heard.guild else { return Default::default() };
        match self.insist(Part::Asking, || self.rest.member(guild, heard.author)).await {
            Ok(member) => {
                let roles = wire::list(&member["roles"]).iter().filter_map(wire::id).map(|id| id.to_string());
                (roles.collect(), member["nick"].as_str().map(str::to_owned))
            }
            Err(error) => {
                tracing::warn!(%error, member = heard.author, "the roles of a member cannot be read: none are assumed");
                Default::default()
            }
        }
    }

    async fn is_welcome(&self, heard: &Heard) -> bool {
        !self.chat.roles(&member(heard.author), &self.standing_of(heard).await.0).is_empty()
    }

    /// The inbox first; what the person sees comes after.
    async fn receive(&self, heard: &Heard, thread: u64) {
        let opens = thread == heard.id && self.places.get(thread).is_none();
        let Some(channel) = self.channel_of(heard.channel).await else {
            return self.remark(heard, NO_CHANNEL).await;
        };
        let mention = self.mention(heard, thread, channel).await;
        let left_out = attach::left_out(&mention.attachments);
        if opens {
            self.rooms.expect(thread);
        }
        let receipt = match self.chat.receive(mention).await {
            Ok(Receipt::Refused(refusal)) => {
                self.unexpect(opens, thread);
                return self.remark(heard, &refusal.message).await;
            }
            Ok(receipt) => receipt,
            Err(error) => {
                tracing::error!(%error, message = heard.id, "a message could not be received");
                self.unexpect(opens, thread);
                return self.remark(heard, NOT_RECEIVED).await;
            }
        };
        if receipt == Receipt::Began {
            self.rooms.began(thread, heard.author);
        }
        let home = async {
            if opens {
                self.make_home(heard, thread).await;
            }
        };
        let seen = async {
            if receipt != Receipt::Duplicate {
                self.note_missed(heard, thread).await;
                self.show_seen(heard).await;
            }
        };
        tokio::join!(seen, home);
        if let (Some(text), true) = (left_out, receipt != Receipt::Duplicate) {
            self.say_beside(thread, &format!("left-{:x}", heard.id), &text).await;
        }
    }

    fn unexpect(&self, opens: bool, thread: u64) {
        if opens {
            self.rooms.forget(thread);
        }
    }

    /// The channel whose rules hold in a place, asked for where it is not known; `None` where Discord does not say.
    pub(crate) async fn channel_of(&self, place: u64) -> Option<u64> {
        if let Some(channel) = self.places.above(place) {
            return Some(channel);
        }
        let (id, known) = self.rest.channel(place).await.ok().and_then(|channel| Known::listed(&channel))?;
        let guild = self.places.get(place).map_or(known.guild, |before| before.guild);
        self.places.note((id, Known { guild, ..known }));
        self.places.above(place)
    }

    async fn mention(&self, heard: &Heard, thread: u64, channel: u64) -> Mention {
        let (role_ids, nick) = self.standing_of(heard).await;
        let welcome = !self.chat.roles(&member(heard.author), &role_ids).is_empty();
        let files: &[Remote] = if welcome { &heard.files } else { &[] };
        Mention {
            message: heard.id.to_string(),
            thread: ThreadId::new(FRONT, thread),
            channel: Some(channel.to_string()),
            member: member(heard.author),
            member_name: nick.unwrap_or_else(|| heard.author_name.clone()),
            role_ids,
            text: said(&heard.text, self.me),
            quoted: heard.answers.as_deref().map(|answered| self.quoted(heard, answered)),
            attachments: attach::fetch(&self.rest, files).await,
            at: heard.at.clone(),
        }
    }

    /// Only the bot's own words in the thread itself, and those of whoever quotes them, are no news to it.
    fn quoted(&self, heard: &Heard, answered: &Heard) -> Quoted {
        let own = answered.author == self.me && answered.channel == heard.channel;
        Quoted {
            member: member(answered.author),
            name: answered.author_name.clone(),
            text: said(&answered.text, self.me),
            foreign: !own && answered.author != heard.author,
        }
    }

    /// Makes the thread of a mention, for as long as it takes.
    async fn make_home(&self, heard: &Heard, thread: u64) {
        let title = title::of(&said(&heard.text, self.me));
        let begun = self.insist(Part::Threads, || self.rest.begin_thread(heard.channel, heard.id, &title)).await;
        if let Some(error) = begun.err().filter(|error| error.code() != Some(HAS_THREAD)) {
            return self.homeless(heard, thread, &error).await;
        }
        let owned =
            Known { kind: Kind::Thread { owner: self.me, parent: heard.channel }, guild: heard.guild.unwrap_or(0) };
        self.places.note((thread, owned));
        self.rooms.settle(thread, Home::Ready);
    }

    async fn homeless(&self, heard: &Heard, thread: u64, error: &RestError) {
        let why = self.explained(error, Deed::BeginThread, heard.channel).await;
        tracing::error!(thread, why, "a thread cannot be begun");
        self.rooms.settle(thread, Home::Gone(why.clone()));
        self.chat.stop(&ThreadId::new(FRONT, thread)).await;
        self.remark(heard, &format!("I cannot begin a thread here: {why}.")).await;
    }

    async fn show_seen(&self, heard: &Heard) {
        if let Err(error) = self.rest.react(heard.channel, heard.id, SEEN).await {
            let why = self.explained(&error, Deed::React, heard.channel).await;
            tracing::info!(why, "a message could not be marked as seen");
        }
    }
}

/// A member's id, as the desk knows them.
pub(crate) fn member(user: u64) -> MemberId {
    MemberId(format!("{FRONT}:{user}"))
}
