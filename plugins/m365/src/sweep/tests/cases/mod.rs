//! The table of cases, by what they are about.

mod apps;
mod exchange;
mod identity;
mod mail;
mod policies;

use super::Case;

pub fn all() -> Vec<Case> {
    [policies::cases(), identity::cases(), apps::cases(), mail::cases(), exchange::cases()]
        .into_iter()
        .flatten()
        .collect()
}
