use claudetools_policy::{Code, Refusal};

use crate::fixture::{Case, ask_fs, give_fs};
use crate::{Input, Level, Review, Subject, Verdict, review};

fn clean() -> Case {
    Case::new(&ask_fs(r#"["read"]"#), &give_fs("read", r#"["read"]"#, r#"["docs/**"]"#)).approved()
}

fn unreadable() -> Review {
    let refusal = Refusal::new(Code::ProtoExport, "It is not a component.");
    clean().with(|input| review(&Input { subject: Subject::Unreadable(&refusal), ..*input }))
}

fn quarantined() -> Review {
    Case { reasons: vec![Refusal::new(Code::SupplyUnapproved, "Nobody has approved it yet.")], ..clean() }.review()
}

#[test]
fn the_codes_are_those_that_are_documented() {
    let code = |reviews: &[&Review], level| Verdict::of(reviews.iter().copied(), level).code();
    let clean = clean().review();
    assert_eq!(code(&[&clean], Level::Warning), 0);
    assert_eq!(code(&[&clean], Level::Note), 1, "it is not signed");
    assert_eq!(code(&[&quarantined()], Level::Error), 3);
    assert_eq!(code(&[&unreadable()], Level::Error), 4);
    assert_eq!(code(&[], Level::Note), 0);
}

#[test]
fn of_several_the_worst_counts() {
    let (clean, waiting, unreadable) = (clean().review(), quarantined(), unreadable());
    assert_eq!(Verdict::of([&clean, &waiting], Level::Error), Verdict::NotApproved);
    assert_eq!(Verdict::of([&unreadable, &waiting, &clean], Level::Error), Verdict::CannotRead);
}
