//! A business e-mail compromise: one story over everything that keeps a trace of it.
//!
//! Minutes are counted from the theft of the session, three days before the data was made:
//! - −600: somebody guesses passwords from four addresses, hers and everybody's. 0: he signs in at last, through a page in between.
//! - 10: a second telephone is registered. 20: rules hide and forward. 25: the mailbox forwards.
//! - 60: an application is consented to. 90: rights on the mailbox. 120: a device.
//! - 150: an administrator is made. 180: the tenant is opened. 240: a hundred invoices go out. 300: Microsoft blocks.

mod apps;
mod identity;
mod mail;
mod tenant;
mod trail;

use super::signing::Place;
use crate::microsoft::tenant::Tenant;

/// When it began, in minutes before the data was made.
const BEGAN: i64 = 3 * 24 * 60;
/// Where everything goes.
pub(in crate::microsoft) const DROP: &str = "drop@attacker.example";
/// Who it is: a hosting provider abroad.
const LAGOS: Place = Place("198.51.100.77", "Lagos", "NG", 6.5244, 3.3792, 64_500);

/// Minutes after the beginning, as minutes before now.
fn since(minutes: i64) -> i64 {
    BEGAN - minutes
}

pub(super) fn fill(into: &mut Tenant) {
    identity::fill(into);
    mail::fill(into);
    apps::fill(into);
    tenant::fill(into);
    trail::fill(into);
}
