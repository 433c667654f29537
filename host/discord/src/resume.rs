//! `/resume`: the threads of a person.

use std::sync::{Arc, Mutex, PoisonError};

use claudetools_agent::ThreadId;
use claudetools_chat::Spoke;

use crate::core::{Core, FRONT};
use crate::intake::member;
use crate::reply::{No, Reply};
use crate::trouble::{Deed, UNKNOWN_CHANNEL};
use crate::wish::Wish;

/// Threads that a list shows.
const LISTED: usize = 20;
/// Threads that suggestions are made of.
const REMEMBERED: u32 = 5000;
/// Characters of a title in a list.
const TITLE: usize = 60;

/// Who spoke in which threads, the newest first: what suggestions are made of.
#[derive(Default)]
pub(crate) struct Memory {
    spoke: Mutex<Arc<[Spoke]>>,
    /// Held while it is read anew.
    reading: tokio::sync::Mutex<()>,
}

impl Memory {
    fn all(&self) -> Arc<[Spoke]> {
        self.spoke.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Core {
    /// Reads anew who spoke where, unless that is being done.
    pub(crate) async fn remember(&self) {
        let Ok(_reading) = self.memory.reading.try_lock() else { return };
        match self.chat.spoke(FRONT, None, REMEMBERED).await {
            Ok(spoke) => *self.memory.spoke.lock().unwrap_or_else(PoisonError::into_inner) = spoke.into(),
            Err(error) => tracing::warn!(%error, "threads are not suggested"),
        }
    }

    /// The person's threads as suggestions: what is shown, and what is sent.
    pub(crate) fn threads_of(&self, wish: &Wish) -> Vec<(String, String)> {
        let (all, own) = (self.memory.all(), member(wish.user));
        let mine = all.iter().filter(|spoke| spoke.member == own);
        mine.map(|spoke| (title(spoke), spoke.thread.name().to_owned())).collect()
    }

    pub(crate) async fn resume(&self, wish: &Wish, thread: Option<&str>) -> Result<Reply, No> {
        let spoke = self.chat.spoke(FRONT, Some(&member(wish.user)), REMEMBERED).await?;
        match thread {
            None => Ok(self.list(&spoke)),
            Some(thread) => self.wake(&spoke, thread).await,
        }
    }

    fn list(&self, spoke: &[Spoke]) -> Reply {
        let state = |thread: &ThreadId| if self.chat.is_running(thread) { "working" } else { "idle" };
        let line = |spoke: &Spoke| {
            let id = spoke.thread.name().parse().ok()?;
            Some((id, format!("{} · {} · last on {}", title(spoke), state(&spoke.thread), day(&spoke.last_activity))))
        };
        let threads: Vec<_> = spoke.iter().take(LISTED).filter_map(line).collect();
        let text = match threads.len() {
            0 => "You have no threads yet; mention me in a channel, or use `/ask`.".to_owned(),
            _ => "Your threads, the newest first; `/resume` with one of them wakes it:".to_owned(),
        };
        Reply { text, threads, ..Reply::default() }
    }

    async fn wake(&self, spoke: &[Spoke], thread: &str) -> Result<Reply, No> {
        let found = spoke.iter().find(|spoke| spoke.thread.name() == id_in(thread));
        let (found, id) = found
            .and_then(|spoke| Some((spoke, spoke.thread.name().parse::<u64>().ok()?)))
            .ok_or_else(|| No::Failed("That is none of your threads; `/resume` lists them.".to_owned()))?;
        match self.rest.unarchive(id).await {
            Ok(()) => {
                let text = "It is awake; write there to go on:".to_owned();
                Ok(Reply { text, threads: vec![(id, title(found))], ..Reply::default() })
            }
            Err(error) if error.code() == Some(UNKNOWN_CHANNEL) => {
                Err(No::Failed("Discord does not have that thread any more.".to_owned()))
            }
            Err(error) => {
                let why = self.explained(&error, Deed::Write, id).await;
                Err(No::Failed(format!("It cannot be woken: {why}.")))
            }
        }
    }
}

/// The id in `<#1>`, in a link to a thread, or as it is.
fn id_in(thread: &str) -> &str {
    let last = thread.rsplit('/').next().unwrap_or_default();
    last.trim_start_matches("<#").trim_end_matches('>')
}

fn title(spoke: &Spoke) -> String {
    match spoke.title.is_empty() {
        true => "a thread".to_owned(),
        false => spoke.title.chars().take(TITLE).collect(),
    }
}

/// The day of a time in RFC 3339.
fn day(at: &str) -> &str {
    at.get(..10).unwrap_or(at)
}
