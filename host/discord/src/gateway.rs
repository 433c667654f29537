//! The gateway, by serenity: identify, heartbeat, resume.
//!
//! serenity's `Client` is not used: it asks for the gateway's address itself and falls back to the real Discord when
//! that fails. Its shard manager takes the address it is given.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use serenity::all::{
    ActivityData, ConnectionStage, Context, Event, GatewayError, GatewayIntents, GuildChannel, HttpBuilder,
    OnlineStatus, RawEventHandler, ShardId, ShardManager, ShardManagerOptions,
};
use serenity::gateway::PresenceData;
use serenity::prelude::{Mutex, RwLock, TypeMap};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::core::Core;
use crate::error::{DiscordError, Exit};
use crate::health::Part;
use crate::hear::Heard;
use crate::places::Known;
use crate::sessions::{self, RESERVE};
use crate::wish::Wish;

/// serenity hands every event to a task of its own, so those of one moment may come in any order. They are gathered
/// for so long and put back in order by their ids.
const GATHER: Duration = Duration::from_millis(2);
/// A connection whose heartbeats were not acknowledged for so long is dead, whatever it says: three times Discord's
/// interval, and serenity ends a connection itself after two.
const DEAF_AFTER: Duration = Duration::from_secs(125);
const WATCH_EVERY: Duration = Duration::from_secs(5);
/// How often it is asked, while there is no connection, how many sessions are left: serenity begins at most twelve
/// meanwhile.
const SPENT_EVERY: Duration = Duration::from_secs(60);
/// The close code of whoever comes back with a new session.
const GOING_AWAY: u16 = 1001;
const ONLY: ShardId = ShardId(0);

/// Connects, and stays until the end.
pub(crate) async fn stay(core: Arc<Core>, url: String, shutdown: CancellationToken) -> Result<Exit, DiscordError> {
    let (heard, ears) = unbounded_channel();
    tokio::spawn(listen(core.clone(), ears));
    let (manager, mut ended) = ShardManager::new(options(&core, url, heard));
    start(&manager);
    let end = tokio::select! {
        () = shutdown.cancelled() => Ok(Exit::Asked),
        () = core.rest.token_refused() => Err(DiscordError::BadToken),
        end = ended.next() => Err(end.map_or_else(|| closed("it ended"), fatal)),
        never = watch(&core, &manager) => match never {},
    };
    core.health.disconnected();
    manager.shutdown_all().await;
    end
}

fn options(core: &Arc<Core>, url: String, heard: UnboundedSender<Heard>) -> ShardManagerOptions {
    let token = &core.settings.token;
    // Nothing is asked through this client; should anything ever be, it goes where everything goes.
    let http = HttpBuilder::new(token).proxy(core.rest.base().origin()).ratelimiter_disabled(true).build();
    ShardManagerOptions {
        data: Arc::new(RwLock::new(TypeMap::new())),
        event_handlers: Vec::new(),
        raw_event_handlers: vec![Arc::new(Handler { core: core.clone(), heard })],
        shard_index: 0,
        shard_init: 1,
        shard_total: 1,
        ws_url: Arc::new(Mutex::new(url)),
        http: Arc::new(http),
        intents: GatewayIntents::GUILDS
            | GatewayIntents::GUILD_MESSAGES
            | GatewayIntents::DIRECT_MESSAGES
            | GatewayIntents::MESSAGE_CONTENT,
        presence: Some(PresenceData {
            activity: Some(ActivityData::custom("catching up")),
            status: OnlineStatus::Idle,
        }),
    }
}

fn start(manager: &ShardManager) {
    if let Err(error) = manager.initialize() {
        tracing::error!(%error, "the gateway cannot be started");
    }
}

fn closed(why: &str) -> DiscordError {
    DiscordError::Closed { why: why.to_owned() }
}

/// What serenity gives up on.
fn fatal(end: Result<(), GatewayError>) -> DiscordError {
    match end {
        Err(GatewayError::InvalidAuthentication) => DiscordError::BadToken,
        Err(GatewayError::DisallowedGatewayIntents) => DiscordError::IntentNotAllowed,
        Err(GatewayError::InvalidGatewayIntents) => DiscordError::IntentsUnknown,
        Err(error) => closed(&error.to_string()),
        Ok(()) => closed("it was shut down"),
    }
}

/// Starts a new connection where the old one ended without a word: serenity's runner ends silently when a presence
/// cannot be sent. Its acknowledged heartbeats are the sign of life.
async fn watch(core: &Core, manager: &ShardManager) -> std::convert::Infallible {
    let (mut last, mut since, mut asked) = (None, Instant::now(), Instant::now());
    let mut ticks = interval(WATCH_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = core.renew.notified() => {
                tracing::error!("the gateway connection tells of nothing; a new session is begun");
                core.may_begin(0).await;
                manager.restart(ONLY).await;
            }
        }
        let runner = manager.runners.lock().await.get(&ONLY).map(|runner| (runner.stage, runner.latency));
        let connected = matches!(runner, Some((ConnectionStage::Connected, _)));
        if !connected {
            core.health.disconnected();
            core.in_trouble(Part::Gateway, "the connection is lost");
            if asked.elapsed() > SPENT_EVERY {
                spare(core, manager).await;
                asked = Instant::now();
            }
        }
        if runner != last || !connected {
            (last, since) = (runner, Instant::now());
        } else if since.elapsed() > DEAF_AFTER {
            tracing::error!("the gateway connection is dead; a new one is started");
            core.may_begin(0).await;
            start(manager);
            since = Instant::now();
        }
    }
}

/// Stops trying while nearly all sessions are begun that Discord allows in a day: where each is ended at once, serenity
/// begins one after the other.
async fn spare(core: &Core, manager: &ShardManager) {
    if sessions::left(&core.rest).await.is_some_and(|starts| starts.left <= RESERVE) {
        manager.shutdown(ONLY, GOING_AWAY).await;
        core.may_begin(RESERVE).await;
        start(manager);
    }
}

impl Core {
    /// Waits until Discord allows more than so many new sessions.
    async fn may_begin(&self, reserve: u64) {
        let review = self.settings.review.as_ref().map(|review| review.channel);
        sessions::wait(&self.rest, self.chat.guard(), review, reserve).await;
    }
}

/// Puts the messages of one moment in order.
async fn listen(core: Arc<Core>, mut ears: UnboundedReceiver<Heard>) {
    while let Some(first) = ears.recv().await {
        sleep(GATHER).await;
        let mut moment = vec![first];
        while let Ok(more) = ears.try_recv() {
            moment.push(more);
        }
        moment.sort_by_key(|heard| heard.id);
        moment.into_iter().for_each(|heard| core.hear(heard));
    }
}

struct Handler {
    core: Arc<Core>,
    heard: UnboundedSender<Heard>,
}

#[async_trait]
impl RawEventHandler for Handler {
    async fn raw_event(&self, context: Context, event: Event) {
        let core = &self.core;
        match event {
            Event::Ready(event) => {
                let guilds = event.ready.guilds.iter().map(|guild| guild.id.get());
                guilds.for_each(|guild| self.arrive(guild));
                core.is_fine(Part::Gateway);
                core.health.connected(context.shard);
                core.cursor.miss();
                core.sweep_soon();
                tracing::info!("connected to Discord");
            }
            Event::Resumed(_) => {
                core.is_fine(Part::Gateway);
                core.health.connected(context.shard);
                core.cursor.miss();
                core.sweep_soon();
                tracing::info!("the connection to Discord goes on");
            }
            Event::MessageCreate(event) => {
                core.silence.told();
                // The front is ending where nobody listens.
                let _ = self.heard.send(Heard::from(&event.message));
            }
            Event::InteractionCreate(event) => {
                if let Some(wish) = Wish::of(&event.interaction) {
                    let channel = wish.channel;
                    core.interact(wish).await;
                    core.refresh_card(channel);
                }
            }
            other => self.note(other).await,
        }
    }
}

impl Handler {
    async fn note(&self, event: Event) {
        let core = &self.core;
        let note = |channel: &GuildChannel| {
            core.places.note(Known::dispatched(channel, channel.guild_id.get()));
        };
        match event {
            Event::GuildCreate(event) => {
                let guild = event.guild.id.get();
                let all = event.guild.channels.values().chain(&event.guild.threads);
                all.for_each(|channel| core.places.note(Known::dispatched(channel, guild)));
                self.arrive(guild);
            }
            Event::ChannelCreate(event) => note(&event.channel),
            Event::ChannelUpdate(event) => note(&event.channel),
            Event::ThreadCreate(event) => note(&event.thread),
            Event::ThreadUpdate(event) => note(&event.thread),
            Event::ThreadListSync(event) => event.threads.iter().for_each(note),
            Event::ChannelDelete(event) => core.places.forget(event.channel.id.get()),
            Event::ThreadDelete(event) => core.lose(event.thread.id.get(), "the thread was deleted").await,
            _ => {}
        }
    }

    /// The bot is in a guild: its commands are written there.
    fn arrive(&self, guild: u64) {
        if self.core.note_guild(guild) {
            let core = self.core.clone();
            tokio::spawn(async move { core.register(guild).await });
            self.core.sweep_soon();
        }
    }
}
