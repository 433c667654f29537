//! `evidence`: packing a thread, and checking what was packed.

use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;
use insta::assert_snapshot;
use serde_json::Value;

use crate::{Ended, run};

/// A thread in which a file was read, and another one; the answer is the first one's name.
fn asked(places: &Places) -> String {
    let ask = |question: &str| {
        let output = Setup::new(places).run(&["ask", "--json", question]).unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        format!("cli:{}", answer["thread"].as_str().unwrap())
    };
    let thread = ask("read docs/a.md");
    ask("list docs");
    thread
}

fn evidence(places: &Places, arguments: &[&str]) -> Ended {
    run(places, &Setup::new(places), &[&["evidence"], arguments].concat())
}

#[test]
fn a_thread_is_packed_and_checked_and_what_was_changed_is_found() {
    let places = Places::compiled().unwrap();
    let (thread, file) = (asked(&places), places.path("pack.zip"));
    let file = file.to_str().unwrap();
    let packed = evidence(&places, &[&thread, "--out", file]);
    assert_eq!(packed.code, Some(0), "{}", packed.stderr);
    assert_snapshot!(packed.stdout, @r"
    The evidence is in …/pack.zip. Whoever has this digest knows that nothing in it was changed:
    [digest]
    ");
    let checked = evidence(&places, &["--verify", file, "--ledger"]);
    assert_snapshot!(checked.stdout, @r"
    The archive of the thread cli:[id] is whole.
    Files: 6, each as it was packed.
    Rows of the audit: 2, each as it was written. All of them are in this ledger's audit.
    Digest: [digest]
    ");
    // Another machine has no such ledger.
    let elsewhere = Places::compiled().unwrap();
    asked(&elsewhere);
    assert_eq!(evidence(&elsewhere, &["--verify", file]).code, Some(0));
    let foreign = evidence(&elsewhere, &["--verify", file, "--ledger"]);
    assert_snapshot!(foreign.sentence(), @"row 1 of the archive is not the row 1 of this ledger's audit");
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, bytes).unwrap();
    let flipped = evidence(&places, &["--verify", file]);
    assert_eq!(flipped.code, Some(1), "{}", flipped.stdout);
    assert!(flipped.sentence().contains("pack.zip is no evidence: "), "{}", flipped.stderr);
}

#[test]
fn what_cannot_be_packed_or_checked_is_said_in_one_sentence() {
    let places = Places::compiled().unwrap();
    let thread = asked(&places);
    let file = places.path("there.zip");
    std::fs::write(&file, "mine").unwrap();
    let file = file.to_str().unwrap();
    let refused = [
        evidence(&places, &[&thread, "--out", file]),
        evidence(&places, &["--verify", file]),
        evidence(&places, &["--verify", "nowhere.zip"]),
        evidence(&places, &["9"]),
    ];
    let sentences: Vec<String> =
        refused.iter().map(|ended| format!("{:?} {}", ended.code.unwrap(), ended.sentence())).collect();
    assert_snapshot!(sentences.join("\n"), @r"
    1 …/there.zip cannot be written: File exists (os error 17); name another with --out
    1 …/there.zip is no evidence: it is no archive: invalid Zip archive: Could not find EOCD
    2 nowhere.zip cannot be read: No such file or directory (os error 2)
    2 there is no thread `discord:9`; a thread of Discord is named by the last number of its link
    ");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
}
