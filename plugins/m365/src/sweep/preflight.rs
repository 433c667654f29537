//! Before anything is asked: what cannot be asked, and why.

use std::collections::BTreeMap;

use super::known::Missing;
use super::source::Source;
use crate::reach::Reach;

/// Why a source need not be asked: no permission, or no licence.
pub fn hindrance(reach: &Reach, source: &Source) -> Option<Missing> {
    let may = if source.is_exchange() {
        reach.exchange()
    } else if source.permissions.is_empty() {
        Ok(())
    } else {
        let writing: Vec<String> =
            source.permissions.iter().map(|name| name.replace(".Read.", ".ReadWrite.")).collect();
        let enough: Vec<&str> = source.permissions.iter().copied().chain(writing.iter().map(String::as_str)).collect();
        reach.graph(&enough, source.plan)
    };
    may.err().map(Missing::from)
}

/// How many sources can be asked, of how many; and what the others lack, each reason once.
pub fn told(hindrances: &BTreeMap<&'static str, Missing>, all: usize) -> String {
    let mut reasons: Vec<&str> = hindrances.values().map(|gap| gap.why.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let can = all - hindrances.len().min(all);
    if reasons.is_empty() {
        format!("Preflight: all {all} sources can be asked.")
    } else {
        format!("Preflight: {can} of {all} sources can be asked; {}.", reasons.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::source::{EXCHANGE_CONFIG, MAIL_DNS, USERS};

    fn lacking(source: &Source, graph: &[&str], exchange: &[&str]) -> Option<String> {
        let of = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        let reach = Reach { graph: of(graph), exchange: of(exchange), ..Reach::default() };
        hindrance(&reach, source).map(|gap| gap.why)
    }

    #[test]
    fn a_token_without_the_permission_is_told_before_anything_is_asked() {
        insta::assert_snapshot!(lacking(&USERS, &["Mail.Read"], &[]).unwrap(), @"the app has no User.Read.All in this tenant: consent to it anew");
        assert_eq!(lacking(&USERS, &["User.Read.All"], &[]), None);
        assert_eq!(lacking(&USERS, &["Directory.Read.All"], &[]), None);
        assert_eq!(lacking(&USERS, &["User.ReadWrite.All"], &[]), None, "whoever may write may read");
        assert!(lacking(&EXCHANGE_CONFIG, &["Exchange.ManageAsApp"], &[]).is_some(), "it is another token's");
        assert_eq!(lacking(&EXCHANGE_CONFIG, &[], &["Exchange.ManageAsAppV2"]), None);
        assert_eq!(lacking(&MAIL_DNS, &[], &[]), None);
    }
}
