//! `[budget]`: what threads, people, clients and everybody may spend.

use super::adopt::{Held, Remedy, held, less};
use super::low;
use super::place::Fault;
use super::turn::micro_usd;

/// The most money that a limit of many turns may give: more is a typing mistake.
const MOST_USD: f64 = 100_000.0;

/// Limits of money, in millionths of a dollar; `None` is no limit. Days and months are those of UTC.
/// [`Budget::default`] is what holds where `plugins.toml` is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// A thread, from its beginning. Default 50 dollars.
    pub thread: Option<u64>,
    /// A member in a day. Default 25 dollars.
    pub member_day: Option<u64>,
    /// A client in a day. Default none.
    pub client_day: Option<u64>,
    /// A client in a month. Default none.
    pub client_month: Option<u64>,
    /// Everybody together in a day. Default 200 dollars.
    pub day: Option<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            thread: Some(50_000_000),
            member_day: Some(25_000_000),
            client_day: None,
            client_month: None,
            day: Some(200_000_000),
        }
    }
}

pub(super) fn budget(typed: low::Budget) -> Result<Budget, Fault> {
    let default = Budget::default();
    let read = |typed: Option<toml::Spanned<f64>>, default| match typed {
        Some(usd) => micro_usd(&usd, MOST_USD).map(Some),
        None => Ok(default),
    };
    Ok(Budget {
        thread: read(typed.usd_per_thread, default.thread)?,
        member_day: read(typed.usd_per_member_day, default.member_day)?,
        client_day: read(typed.usd_per_client_day, default.client_day)?,
        client_month: read(typed.usd_per_client_month, default.client_month)?,
        day: read(typed.usd_per_day, default.day)?,
    })
}

impl Budget {
    /// Takes lower limits, and keeps those that this file would raise.
    pub(super) fn keep(&mut self, before: &Self) -> Option<Held> {
        let limits = [
            ("a thread", &mut self.thread, before.thread),
            ("a member's day", &mut self.member_day, before.member_day),
            ("a client's day", &mut self.client_day, before.client_day),
            ("a client's month", &mut self.client_month, before.client_month),
            ("everybody's day", &mut self.day, before.day),
        ];
        let raised =
            limits.into_iter().filter_map(|(what, now, old)| less(now, old).then(|| format!("more money for {what}")));
        held("budget", 0, raised.collect(), Remedy::Restart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    fn read(table: &str) -> Result<Budget, String> {
        let policy = Policy::parse(&format!("schema = 1\n[budget]\n{table}\n"));
        policy.map(|policy| policy.budget).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        assert_eq!(read(""), Ok(Budget::default()));
        let wanted = Budget {
            thread: Some(20_000_000),
            member_day: Some(10_500_000),
            client_day: Some(30_000_000),
            client_month: Some(2_000_000_000),
            day: Some(100_000_000),
        };
        let said = "usd_per_thread = 20.0\nusd_per_member_day = 10.5\nusd_per_client_day = 30.0\n\
                    usd_per_client_month = 2000.0\nusd_per_day = 100.0";
        assert_eq!(read(said), Ok(wanted));
    }

    #[test]
    fn what_cannot_be_a_limit_is_refused_with_its_line() {
        insta::assert_snapshot!(read("usd_per_day = 0.0").unwrap_err(), @"plugins.toml:3:15: `0` is not a limit of money; expected dollars from 0.01 to 100000, such as 5.0");
        insta::assert_snapshot!(read("usd_per_thread = 1e9").unwrap_err(), @"plugins.toml:3:18: `1000000000` is not a limit of money; expected dollars from 0.01 to 100000, such as 5.0");
        insta::assert_snapshot!(read("usd_per_week = 5.0").unwrap_err(), @"plugins.toml:3:1: unknown key `usd_per_week`, expected one of `usd_per_thread`, `usd_per_member_day`, `usd_per_client_day`, `usd_per_client_month`, `usd_per_day`");
    }
}
