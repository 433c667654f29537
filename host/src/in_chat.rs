//! What commands in a chat ask of the program beside the desk.

use std::sync::Arc;

use claudetools_discord::{Plugin, Program, Skill};
use claudetools_review::render;

use crate::boot::Booted;
use crate::config::Config;
use crate::listed::Listed;
use crate::{reviews, skills};

/// The program, as the Discord front asks it.
pub fn program(booted: &Booted, config: &Config) -> Program {
    let (clients, plugins, newest) = (booted.in_force.clone(), booted.in_force.clone(), booted.in_force.clone());
    let (ledger, data_dir) = (booted.ledger.clone(), config.data_dir.clone());
    let (listing, starting) = (Arc::clone(&booted.roots), Arc::clone(&booted.roots));
    Program {
        clients: Arc::new(move || clients.borrow().policy.clients()),
        skills: Arc::new(move || {
            let skill = |found: skills::Skill| Skill { name: found.name, about: found.description, hint: found.hint };
            skills::skills(&listing).into_iter().map(skill).collect()
        }),
        skill: Arc::new(move |name, arguments| skills::started(&starting, name, arguments)),
        plugins: Arc::new(move || {
            let in_force = Arc::clone(&plugins.borrow());
            let listed = Listed::all(&in_force.catalog).into_iter();
            listed.map(|one| Plugin { name: one.name.to_owned(), text: one.text(&in_force.policy) }).collect()
        }),
        review: Arc::new(move |name| {
            let (now, ledger, data_dir) = (Arc::clone(&newest.borrow()), ledger.clone(), data_dir.clone());
            Box::pin(async move {
                let review = reviews::review_of(&now, &ledger, &data_dir, &name).await?;
                Some(render::markdown(&review))
            })
        }),
    }
}
