//! The tools, by what they change.

mod account;
mod apps;
mod exchange;
mod mail;
mod methods;
mod risk;
mod rules;
mod user;

use crate::plan::Action;

/// The action of a tool.
pub(crate) fn of(tool: &str) -> Option<&'static Action> {
    ALL.iter().copied().flatten().find(|action| action.tool == tool)
}

/// Every action.
pub(crate) const ALL: &[&[Action]] = &[
    account::ACTIONS,
    apps::ACTIONS,
    exchange::ACTIONS,
    mail::ACTIONS,
    methods::ACTIONS,
    risk::ACTIONS,
    rules::ACTIONS,
];
