//! BC-14: passwords that are guessed from many addresses.

use std::collections::BTreeSet;

use claudetools_graph::envelope::Severity::{Critical, Medium};
use claudetools_graph::jiff::SignedDuration;
use serde_json::json;

use super::{Sign, SignIn};
use crate::rule::Rule;

const GUESSED: Rule =
    Rule::new("R1", Medium, "Passwords are guessed", "Many wrong passwords came from several addresses within a day.")
        .mitre(&["T1110.003"]);
const GUESSED_RIGHT: Rule = Rule::new(
    "R2",
    Critical,
    "A guessed password was right",
    "One of the addresses that guessed signed in afterwards.",
)
.mitre(&["T1110.003", "T1078.004"]);

/// A wrong password, and an account locked by them.
pub const WRONG_PASSWORD: &[i64] = &[50126, 50053];
/// This many failures …
const FAILURES: usize = 10;
/// … from this many addresses …
const ADDRESSES: usize = 3;
/// … within this time.
const SPAN: SignedDuration = SignedDuration::from_hours(24);

/// Bursts of wrong passwords, the largest one, and a success from one of its addresses after it began.
pub fn judge(signins: &[SignIn]) -> Vec<Sign<'_>> {
    let mut failures: Vec<&SignIn> = signins.iter().filter(|signin| WRONG_PASSWORD.contains(&signin.code())).collect();
    failures.sort_by_key(|signin| signin.created_date_time);
    let bursts = (0..failures.len()).map(|begin| burst(&failures[begin..])).filter(|burst| is_guessing(burst));
    let Some(burst) = bursts.max_by_key(Vec::len) else { return Vec::new() };
    let right = right(signins, &failures, &burst);
    let sign = Sign::about(GUESSED.found(json!({})), burst);
    if right.is_empty() {
        return vec![sign];
    }
    vec![sign, Sign::about(GUESSED_RIGHT.found(json!({})), right)]
}

/// The failures within a day of the first.
fn burst<'a>(failures: &[&'a SignIn]) -> Vec<&'a SignIn> {
    let within = |signin: &&&SignIn| signin.created_date_time.duration_since(failures[0].created_date_time) <= SPAN;
    failures.iter().take_while(within).copied().collect()
}

fn is_guessing(burst: &[&SignIn]) -> bool {
    burst.len() >= FAILURES && addresses(burst).len() >= ADDRESSES
}

fn addresses<'a>(of: &[&'a SignIn]) -> BTreeSet<&'a str> {
    of.iter().filter_map(|signin| signin.ip_address.as_deref()).collect()
}

/// Successes from an address that guessed in any burst, after it began to.
fn right<'a>(signins: &'a [SignIn], failures: &[&SignIn], burst: &[&SignIn]) -> Vec<&'a SignIn> {
    let guessers = addresses(burst);
    let began = |address: &str| {
        failures
            .iter()
            .find(|failure| failure.ip_address.as_deref() == Some(address))
            .map(|failure| failure.created_date_time)
    };
    let after = |signin: &&SignIn| {
        let address = signin.ip_address.as_deref().filter(|address| guessers.contains(address));
        signin.succeeded() && address.and_then(began).is_some_and(|began| signin.created_date_time > began)
    };
    signins.iter().filter(after).collect()
}
