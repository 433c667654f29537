//! Skills and commands of the repository as slash commands: kept in memory, and in step with the files.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claudetools_chat::render;
use tokio::time::sleep;

use crate::ask::Spoken;
use crate::commands::{self, Raw, RawValue, Typed};
use crate::core::Core;
use crate::reply::{No, Reply};
use crate::settings::Skill;
use crate::wish::Wish;

/// How often the files are looked at. What differs is registered when it has come to rest: when it is the same twice.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Each time the commands are written the next time is this much further away, up to the longest pause: a repository
/// that changes all day stays below Discord's 200 new commands a day.
const PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(900);

/// The skills, as they are registered.
#[derive(Default)]
pub(crate) struct Skills(Mutex<Arc<[Skill]>>);

impl Skills {
    pub(crate) fn all(&self) -> Arc<[Skill]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, skills: Arc<[Skill]>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = skills;
    }
}

impl Core {
    /// Reads the skills for the first time.
    pub(crate) async fn learn_skills(&self) {
        self.skills.set(self.look().await);
    }

    /// Follows the files as long as the front runs.
    pub(crate) async fn keep_commands(self: Arc<Self>) {
        let (mut before, mut pause) = (self.skills.all(), PAUSE);
        loop {
            sleep(LOOK_EVERY).await;
            let now = self.look().await;
            let rests = std::mem::replace(&mut before, now.clone()) == now;
            if !rests || now == self.skills.all() {
                continue;
            }
            self.skills.set(now);
            for guild in self.guilds() {
                self.register(guild).await;
            }
            sleep(pause).await;
            pause = (pause + PAUSE).min(LONGEST_PAUSE);
        }
    }

    async fn look(&self) -> Arc<[Skill]> {
        let read = Arc::clone(&self.settings.program.skills);
        let read = tokio::task::spawn_blocking(move || read()).await;
        read.map_or_else(|_| self.skills.all(), Arc::from)
    }

    /// A skill's own command is `/skill` with its name.
    pub(crate) fn unabbreviated(&self, raw: Raw) -> Raw {
        let skills = self.skills.all();
        match commands::registered(&skills).find(|skill| skill.name == raw.name) {
            None => raw,
            Some(skill) => {
                let name = ("name".to_owned(), RawValue::Text(skill.name.clone()));
                Raw { name: "skill".to_owned(), options: [name].into_iter().chain(raw.options).collect() }
            }
        }
    }

    /// Says for the person what the skill says.
    pub(crate) async fn skill(&self, wish: &Wish, typed: &Typed) -> Result<Reply, No> {
        let (name, arguments) = (typed.text("name").unwrap_or_default(), typed.text("arguments").unwrap_or_default());
        if !self.skills.all().iter().any(|skill| skill.name == name) {
            let why = "There is no skill of this name; `/skill` suggests those that there are.";
            return Err(No::Failed(why.to_owned()));
        }
        let (fill, of, with) = (Arc::clone(&self.settings.program.skill), name.to_owned(), arguments.to_owned());
        let filled = tokio::task::spawn_blocking(move || fill(&of, &with)).await;
        let text = filled.map_err(|_| No::Failed("The skill can't be read.".to_owned()))?.map_err(No::Failed)?;
        let command = format!("/{name} {arguments}");
        let text = format!("{}\n\n{text}", command.trim_end());
        let shown = format!("{} starts a skill: {}", wish.name, command.trim_end());
        let shown = render::quoted(&shown, Some(&text), self.chat.guard());
        self.speak(wish, Spoken { shown, title: &command, text, files: &[] }).await
    }
}
