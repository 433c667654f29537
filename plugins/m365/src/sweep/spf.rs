//! SPF records: what they say about everybody else, and what it takes to evaluate them (RFC 7208).

use std::collections::{BTreeMap, BTreeSet};

/// TXT records by name, as far as they are known.
pub type Records = BTreeMap<String, Vec<String>>;

/// The most DNS lookups; a receiver that needs more takes the record for broken.
pub const MOST_LOOKUPS: usize = 10;

/// The SPF records among a name's texts.
pub fn records<'a>(name: &str, known: &'a Records) -> impl Iterator<Item = &'a str> {
    let texts = known.get(name).map(Vec::as_slice).unwrap_or_default();
    texts
        .iter()
        .map(|text| text.trim())
        .filter(|text| text.split_whitespace().next().is_some_and(|version| version.eq_ignore_ascii_case("v=spf1")))
}

/// The terms of a name's SPF record, in lower case.
fn terms(name: &str, known: &Records) -> Vec<String> {
    let record = records(name, known).next().unwrap_or_default();
    record.split_whitespace().skip(1).map(str::to_lowercase).collect()
}

/// What a term costs, and the name whose record goes on.
fn cost(term: &str) -> (usize, Option<&str>) {
    let plain = term.trim_start_matches(['+', '-', '~', '?']);
    let (mechanism, rest) = match plain.find([':', '=', '/']) {
        Some(at) => (&plain[..at], Some(&plain[at + 1..])),
        None => (plain, None),
    };
    match mechanism {
        "include" | "redirect" => (1, rest.filter(|name| !name.is_empty() && !name.contains('%'))),
        "a" | "mx" | "ptr" | "exists" => (1, None),
        _ => (0, None),
    }
}

/// Names whose records must be known before lookups can be counted further.
pub fn needed(name: &str, known: &Records) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    count(name, known, &mut BTreeSet::new(), &mut missing);
    missing
}

/// How many lookups the evaluation of a name's record takes, counted up to the first too many.
pub fn lookups(name: &str, known: &Records) -> usize {
    count(name, known, &mut BTreeSet::new(), &mut BTreeSet::new())
}

fn count(name: &str, known: &Records, path: &mut BTreeSet<String>, missing: &mut BTreeSet<String>) -> usize {
    if !known.contains_key(name) {
        missing.insert(name.to_owned());
        return 0;
    }
    // A record that includes itself would be counted for ever.
    if path.len() > MOST_LOOKUPS || !path.insert(name.to_owned()) {
        return MOST_LOOKUPS + 1;
    }
    let mut sum = 0;
    for term in terms(name, known) {
        let (own, next) = cost(&term);
        sum += own + next.map_or(0, |next| count(next, known, path, missing));
        if sum > MOST_LOOKUPS {
            break;
        }
    }
    path.remove(name);
    sum.min(MOST_LOOKUPS + 1)
}

/// What the record says about everybody whom it does not name, with its sign: `-all`, `~all`, `?all`, `+all`. Empty
/// where it says nothing. `redirect` is followed.
pub fn all(name: &str, known: &Records) -> String {
    let mut name = name.to_owned();
    for _ in 0..MOST_LOOKUPS {
        let terms = terms(&name, known);
        if let Some(all) = terms.iter().find(|term| matches!(term.as_str(), "all" | "+all" | "-all" | "~all" | "?all"))
        {
            return if all == "all" { "+all".into() } else { all.clone() };
        }
        match terms.iter().find_map(|term| term.strip_prefix("redirect=")) {
            Some(next) => name = next.to_owned(),
            None => break,
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(records: &[(&str, &str)]) -> Records {
        records.iter().map(|(name, text)| ((*name).to_owned(), vec![(*text).to_owned()])).collect()
    }

    /// A record with so many includes, each of a record that costs nothing.
    fn including(count: usize) -> Records {
        let includes: String = (0..count).map(|index| format!(" include:i{index}.example")).collect();
        let mut records = known(&[("a.example", &format!("v=spf1{includes} -all"))]);
        records.extend(
            (0..count).map(|index| (format!("i{index}.example"), vec!["v=spf1 ip4:192.0.2.1 -all".to_owned()])),
        );
        records
    }

    #[test]
    fn lookups_are_counted_through_includes() {
        let records = known(&[
            ("a.example", "v=spf1 a mx include:b.example ip4:192.0.2.0/24 -all"),
            ("b.example", "v=spf1 include:c.example exists:%{i}.x.example ~all"),
            ("c.example", "v=spf1 ip6:2001:db8::/32 -all"),
        ]);
        assert_eq!(lookups("a.example", &records), 5);
        assert_eq!(lookups("a.example", &including(10)), 10);
        assert_eq!(lookups("a.example", &including(11)), 11);
    }

    #[test]
    fn what_is_not_known_yet_is_needed() {
        let records = known(&[("a.example", "v=spf1 include:b.example redirect=c.example")]);
        assert_eq!(needed("a.example", &records), BTreeSet::from(["b.example".into(), "c.example".into()]));
        assert!(needed("b.example", &including(0)).contains("b.example"));
        assert!(needed("a.example", &including(3)).is_empty());
    }

    #[test]
    fn a_record_that_includes_itself_ends() {
        let records = known(&[("a.example", "v=spf1 include:b.example"), ("b.example", "v=spf1 include:a.example")]);
        assert!(lookups("a.example", &records) > MOST_LOOKUPS);
        assert_eq!(all("a.example", &known(&[("a.example", "v=spf1 redirect=a.example")])), "");
    }

    #[test]
    fn the_end_of_a_record_is_read_through_redirects() {
        let of = |text: &str| all("a.example", &known(&[("a.example", text), ("b.example", "v=spf1 ~all")]));
        assert_eq!(of("v=spf1 -all"), "-all");
        assert_eq!(of("v=spf1 ALL"), "+all");
        assert_eq!(of("v=spf1 redirect=b.example"), "~all");
        assert_eq!(of("v=spf1 mx"), "");
        assert_eq!(of("v=spf10 -all"), "", "another version is no SPF record");
    }
}
