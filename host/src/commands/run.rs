//! `claudetools run`: the fronts, until a signal ends them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::models;
use claudetools_chat::cards::{Cards, Deed, joined};
use claudetools_chat::{ADMIN, Chat};
use claudetools_console::Plugins;
use claudetools_discord::{DiscordError, Watch};
use claudetools_sandbox::Asks;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::boot::{Booted, boot};
use crate::commands::only::Only;
use crate::config::{Config, DiscordConfig};
use crate::exit::{Exit, Fatal};
use crate::in_chat;
use crate::reload::Reload;
use crate::reviews::{Desk, Place, reviewed};
use crate::safe_mode;

/// How long running turns may take to end when the program is asked to stop; a restart resumes what is left. With what
/// comes after it, the end is there within 20 seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the bot until Ctrl-C or SIGTERM: in Discord where there is a token, as a console otherwise or too.
pub async fn run(config: &Config, policy: Option<&Path>, console: bool, port: u16) -> Result<(), Fatal> {
    let _only = config.discord.as_ref().map(Only::of).transpose()?;
    let shutdown = CancellationToken::new();
    let mut ending = None;
    loop {
        match boot(config, policy, Asks::People).await {
            Ok((booted, reload)) => {
                ending.get_or_insert_with(|| tokio::spawn(cancel_on_signal(shutdown.clone())));
                return work(config, booted, reload, console, port, shutdown).await;
            }
            Err(Fatal { safe_mode: Some(reason), message, .. }) => {
                tracing::error!("safe mode: {message}");
                ending.get_or_insert_with(|| tokio::spawn(cancel_on_signal(shutdown.clone())));
                safely(config, policy, reason, (console, port), &shutdown).await?;
            }
            Err(fatal) => return Err(fatal),
        }
        if shutdown.is_cancelled() {
            return Ok(());
        }
    }
}

/// Runs the bot with everything.
async fn work(
    config: &Config,
    booted: Booted,
    reload: Reload,
    console: bool,
    port: u16,
    shutdown: CancellationToken,
) -> Result<(), Fatal> {
    let place = Place {
        plugins_toml: reload.path().to_owned(),
        data_dir: config.data_dir.clone(),
        ledger: booted.ledger.clone(),
    };
    let (desk, reviews) = Desk::open(place, booted.in_force.clone()).await.map_err(Fatal::of(Exit::Ledger))?;
    let confirmations = confirmations(&booted, &shutdown).await?;
    let (waits, waiting) = booted.chat.waits();
    tokio::spawn(waits.run(shutdown.clone()));
    let is_about_a_message = |deed| matches!(deed, Deed::Queue | Deed::Interrupt | Deed::TakeBack);
    let confirmations = confirmations.map(|cards| joined(cards, waiting, is_about_a_message));
    let desks = Desks { reviews, confirmations };
    tokio::spawn(reload.run(shutdown.clone()));
    tokio::spawn(desk.run(shutdown.clone()));
    if console || config.discord.is_none() {
        open_console(config, &booted, desks.clone(), port, shutdown.clone()).await?;
    }
    let ended = match &config.discord {
        Some(discord) => in_discord(discord, config, &booted, desks, shutdown.clone()).await,
        None => alone(&booted, shutdown.clone()).await,
    };
    shutdown.cancel();
    booted.tasks.stop_all().await;
    booted.ledger.close().await;
    ended
}

/// Runs the fronts without anything behind them, until the ledger can be opened or the program is to end.
async fn safely(
    config: &Config,
    policy: Option<&Path>,
    reason: &str,
    (console, port): (bool, u16),
    shutdown: &CancellationToken,
) -> Result<(), Fatal> {
    let dir = tempfile::tempdir().map_err(Fatal::of(Exit::Ledger))?;
    let chat = safe_mode::chat(config, policy, reason, dir.path()).await?;
    let over = shutdown.child_token();
    if console || config.discord.is_none() {
        let settings = console_settings(config, port, Arc::new(|| Box::pin(async { Plugins::default() })));
        show_console(config, settings, chat.clone(), over.clone()).await?;
    }
    let mut front = std::pin::pin!(safely_in_discord(config, chat.clone(), over.clone()));
    tokio::select! {
        ended = &mut front => ended,
        () = safe_mode::mended(&config.data_dir) => {
            over.cancel();
            front.await
        }
    }
}

async fn safely_in_discord(config: &Config, chat: Chat, over: CancellationToken) -> Result<(), Fatal> {
    let Some(discord) = &config.discord else {
        over.cancelled().await;
        return Ok(());
    };
    let settings = claudetools_discord::Settings {
        token: discord.token.clone(),
        api_base: discord.api_base.clone(),
        guild: discord.guild,
        models: Vec::new(),
        admin_role: ADMIN.to_owned(),
        review: None,
        confirmations: None,
        watch: Watch::default(),
        program: safe_mode::program(),
    };
    let failed = |error: DiscordError| Fatal::new(Exit::Discord, error);
    let front = tokio::select! {
        front = claudetools_discord::connect(settings, chat) => front.map_err(failed)?,
        () = over.cancelled() => return Ok(()),
    };
    front.run(over, std::future::ready(())).await.map(drop).map_err(failed)
}

/// What waits for people, as fronts know it.
#[derive(Clone)]
struct Desks {
    reviews: Cards,
    confirmations: Option<Cards>,
}

/// Opens the desk of confirmations, which works until the end.
async fn confirmations(booted: &Booted, shutdown: &CancellationToken) -> Result<Option<Cards>, Fatal> {
    let Some(confirmations) = booted.confirmations.clone() else { return Ok(None) };
    let opened = crate::confirmations::Desk::open(confirmations).await;
    let (desk, cards) = opened.map_err(Fatal::of(Exit::Ledger))?;
    tokio::spawn(desk.run(shutdown.clone()));
    Ok(Some(cards))
}

/// Starts the console and says where it is.
async fn open_console(
    config: &Config,
    booted: &Booted,
    desks: Desks,
    port: u16,
    shutdown: CancellationToken,
) -> Result<(), Fatal> {
    let (in_force, ledger, data_dir) = (booted.in_force.clone(), booted.ledger.clone(), config.data_dir.clone());
    let plugins: ListPlugins = Arc::new(move || {
        let (now, ledger, data_dir) = (Arc::clone(&in_force.borrow()), ledger.clone(), data_dir.clone());
        Box::pin(async move { reviewed(&now, &ledger, &data_dir).await })
    });
    let settings = claudetools_console::Settings {
        models: if config.model.is_some() { model_ids() } else { Vec::new() },
        reviews: Some(desks.reviews),
        confirmations: desks.confirmations,
        ..console_settings(config, port, plugins)
    };
    show_console(config, settings, booted.chat.clone(), shutdown).await
}

/// What the console asks for the plugins.
type ListPlugins = Arc<dyn Fn() -> BoxFuture<'static, Plugins> + Send + Sync>;

/// A console that decides on nothing.
fn console_settings(config: &Config, port: u16, plugins: ListPlugins) -> claudetools_console::Settings {
    claudetools_console::Settings {
        bind: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        token: claudetools_console::token(),
        label: label(config),
        models: Vec::new(),
        plugins,
        reviews: None,
        confirmations: None,
    }
}

async fn show_console(
    config: &Config,
    settings: claudetools_console::Settings,
    chat: Chat,
    shutdown: CancellationToken,
) -> Result<(), Fatal> {
    let running = claudetools_console::start(settings, chat, shutdown).await.map_err(Fatal::of(Exit::Config))?;
    println!("Console: {}", running.url);
    println!("Model: {}", label(config));
    println!("Repository: {}", config.root.display());
    Ok(())
}

/// Runs with the console only.
async fn alone(booted: &Booted, shutdown: CancellationToken) -> Result<(), Fatal> {
    recover(booted).await?;
    shutdown.cancelled().await;
    booted.chat.drain(PATIENCE).await;
    Ok(())
}

async fn in_discord(
    discord: &DiscordConfig,
    config: &Config,
    booted: &Booted,
    desks: Desks,
    shutdown: CancellationToken,
) -> Result<(), Fatal> {
    let channel = booted.in_force.borrow().policy.review.channel.as_ref().and_then(|channel| channel.parse().ok());
    let settings = claudetools_discord::Settings {
        token: discord.token.clone(),
        api_base: discord.api_base.clone(),
        guild: discord.guild,
        models: model_ids(),
        admin_role: ADMIN.to_owned(),
        review: channel.map(|channel| claudetools_discord::ReviewChannel { channel, reviews: desks.reviews }),
        confirmations: desks.confirmations,
        watch: Watch::default(),
        program: in_chat::program(booted, config),
    };
    let failed = |error: DiscordError| Fatal::new(Exit::Discord, error);
    let front = tokio::select! {
        front = claudetools_discord::connect(settings, booted.chat.clone()) => front.map_err(failed)?,
        () = shutdown.cancelled() => {
            booted.chat.drain(PATIENCE).await;
            return Ok(());
        }
    };
    recover(booted).await?;
    front.run(shutdown, booted.chat.drain(PATIENCE)).await.map(drop).map_err(failed)
}

/// Goes on where the last run ended, once every front is attached.
async fn recover(booted: &Booted) -> Result<(), Fatal> {
    booted.chat.recover().await.map_err(Fatal::of(Exit::Ledger))
}

fn model_ids() -> Vec<String> {
    models::choices().map(|model| model.id.to_owned()).collect()
}

/// What the model is called where a person reads it.
fn label(config: &Config) -> String {
    match config.model {
        Some(_) => config.model_id.clone(),
        None => "Rehearsal model (no ANTHROPIC_API_KEY is set; this is not Claude)".into(),
    }
}

/// Cancels at the first Ctrl-C or SIGTERM; a second Ctrl-C ends the program at once.
async fn cancel_on_signal(shutdown: CancellationToken) {
    terminated().await;
    eprintln!("Stopping: running turns get {} s; what is left goes on after the next start.", PATIENCE.as_secs());
    shutdown.cancel();
    terminated().await;
    std::process::exit(130);
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        return drop(tokio::signal::ctrl_c().await);
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn terminated() {
    drop(tokio::signal::ctrl_c().await);
}
