use super::*;

const EVERYWHERE: &dyn Fn(&RootName, &RelPath) -> bool = &|_, _| true;

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// Which of some words fit a slot.
fn fitting<'w>(slot: &Slot, words: &[&'w str]) -> Vec<&'w str> {
    words.iter().copied().filter(|word| slot.fits(word, EVERYWHERE)).collect()
}

fn matching(pattern: &str) -> Slot {
    Slot::Match(Pattern::new(pattern).unwrap())
}

#[test]
fn a_word_that_was_not_written_out_is_never_an_option() {
    let open = [matching(".*"), matching("(?s)-?.+"), Slot::Hostname, Slot::Uuid, Slot::Int(-9, 9)];
    for slot in open {
        assert_eq!(fitting(&slot, &["-", "--help", "-C", "-1"]), Vec::<&str>::new(), "{slot:?}");
    }
    assert!(Slot::Literal("-n".to_owned()).fits("-n", EVERYWHERE));
}

#[test]
fn what_ends_a_line_or_a_word_fits_nothing_that_is_open() {
    let hostile = ["a\nb", "a\0b", "a\tb", "a\u{1b}[31m"];
    for slot in [matching("(?s).*"), Slot::Hostname, Slot::Path("repo".to_owned())] {
        assert_eq!(fitting(&slot, &hostile), Vec::<&str>::new(), "{slot:?}");
    }
}

#[test]
fn a_pattern_fits_from_end_to_end() {
    let slot = matching("v[0-9]+|main");
    assert_eq!(fitting(&slot, &["v12", "main", "xmain", "mainx", "v12;id", "v1 v2", ""]), ["v12", "main"]);
}

#[test]
fn what_is_open_has_128_bytes_at_most() {
    for slot in [matching("a*"), Slot::Rest(Box::new(matching("a*")), 9)] {
        let fits = [127, 128, 129, 130].map(|length| slot.fits(&"a".repeat(length), EVERYWHERE));
        assert_eq!(fits, [true, true, false, false], "{slot:?}");
    }
}

#[test]
fn a_pattern_can_not_open_its_anchors() {
    for pattern in ["a)|(?:.*", "a|b)(", "(", "(?x) a # ", "(?x)a#", &"a".repeat(129), ".{1,9999}.{1,9999}"] {
        assert!(Pattern::new(pattern).is_err(), "{pattern}");
    }
    assert!(Pattern::new(&"a".repeat(128)).is_ok());
}

#[test]
fn a_number_has_one_spelling_and_two_ends() {
    let slot = Slot::Int(1, 20);
    assert_eq!(fitting(&slot, &["1", "20", "0", "21", "007", "+7", "7 ", "0x7", "7.0", ""]), ["1", "20"]);
}

#[test]
fn a_host_and_a_uuid_have_their_usual_spelling() {
    let hosts = ["dc01", "dc01.acme.local", "10.0.0.1", "a..b", "-a.b", "a-.b", "a b", "a;b", "", "$(id)"];
    assert_eq!(fitting(&Slot::Hostname, &hosts), ["dc01", "dc01.acme.local", "10.0.0.1"]);
    let uuids = [
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "6ba7b8109dad11d180b400c04fd430c8",
        "6ba7b810-9dad-11d1-80b4-zzzzzzzzzzzz",
    ];
    assert_eq!(fitting(&Slot::Uuid, &uuids), uuids[..1]);
}

#[test]
fn a_path_is_a_plain_guest_path_in_its_root() {
    let slot = Slot::Path("repo".to_owned());
    let paths = [
        "/repo",
        "/repo/docs/a.md",
        "/repo/",
        "/repo/../etc",
        "/repo//a",
        "/repo/./a",
        "/repository/a",
        "/etc/passwd",
        "docs",
        "",
        "/",
        "/vault/a",
    ];
    let fit = fitting(&slot, &paths);
    assert_eq!(fit, ["/repo", "/repo/docs/a.md", "/repo/"]);
    assert!(!slot.fits("/repo/a", &|_, _| false));
}

#[test]
fn a_list_has_its_length_unless_its_rest_is_open() {
    let fixed = [Slot::Literal("log".to_owned()), Slot::Int(1, 9)];
    let fits = |slots: &[Slot], list: &[&str]| fit(slots, &words(list), EVERYWHERE);
    assert!(fits(&fixed, &["log", "5"]));
    assert!(!fits(&fixed, &["log"]) && !fits(&fixed, &["log", "5", "5"]) && !fits(&fixed, &["5", "log"]));
    let open = [Slot::Literal("show".to_owned()), Slot::Rest(Box::new(Slot::Int(1, 9)), 2)];
    assert!(fits(&open, &["show"]) && fits(&open, &["show", "1", "2"]));
    assert!(!fits(&open, &["show", "1", "2", "3"]) && !fits(&open, &["show", "x"]) && !fits(&open, &[]));
    assert!(fits(&[], &[]) && !fits(&[], &["a"]));
}
