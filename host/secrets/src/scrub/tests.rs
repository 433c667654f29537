//! What is taken out, and that no way of cutting a stream changes it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;

use super::*;

const SECRET: &str = "p@ss/wörd \"42\" <é>?~";

fn scrub(secrets: &[&str]) -> Scrub {
    Scrub::new(&secrets.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// What came out of a stream cut after each of these lengths, and how many were found.
fn streamed(scrub: &Scrub, text: &[u8], pieces: impl IntoIterator<Item = usize>) -> (Vec<u8>, usize) {
    let (mut stream, mut clean, mut rest) = (scrub.stream(), Vec::new(), text);
    for piece in pieces {
        let (now, later) = rest.split_at(piece.min(rest.len()));
        clean.extend(stream.push(now));
        rest = later;
    }
    clean.extend(stream.push(rest));
    clean.extend(stream.finish());
    (clean, stream.found())
}

/// The secret as other programs write it; none of this uses the code under test.
fn written() -> Vec<(&'static str, String)> {
    let hex = |upper: bool| SECRET.bytes().map(move |b| if upper { format!("{b:02X}") } else { format!("{b:02x}") });
    let mut forms = vec![
        ("raw", SECRET.to_owned()),
        ("hex", hex(false).collect()),
        ("HEX", hex(true).collect()),
        ("percent of everything", hex(true).map(|byte| format!("%{byte}")).collect()),
        ("RFC 3986", "p%40ss%2Fw%C3%B6rd%20%2242%22%20%3C%C3%A9%3E%3F~".to_owned()),
        ("rfc 3986, lower case", "p%40ss%2fw%c3%b6rd%20%2242%22%20%3c%c3%a9%3e%3f~".to_owned()),
        ("encodeURI", "p@ss/w%C3%B6rd%20%2242%22%20%3C%C3%A9%3E?~".to_owned()),
        ("a form", "p%40ss%2Fw%C3%B6rd+%2242%22+%3C%C3%A9%3E%3F%7E".to_owned()),
        ("JSON", r#"p@ss/wörd \"42\" <é>?~"#.to_owned()),
        ("JSON of PHP", r#"p@ss\/w\u00f6rd \"42\" <\u00e9>?~"#.to_owned()),
        ("JSON of Python", r#"p@ss/w\u00f6rd \"42\" <\u00e9>?~"#.to_owned()),
        ("JSON of Go", r#"p@ss/wörd \"42\" \u003cé\u003e?~"#.to_owned()),
    ];
    for around in ["", "a", "ab"] {
        let whole = format!("{around}{SECRET}{around}");
        forms.push(("base64", STANDARD.encode(&whole)));
        forms.push(("base64url", URL_SAFE.encode(&whole)));
    }
    forms
}

#[test]
fn every_form_is_taken_out() {
    let scrub = scrub(&[SECRET]);
    for (name, form) in written() {
        let clean = scrub.text(&format!("it is {form}!"));
        // Base64 keeps up to two characters at each end that depend on what stands beside the secret.
        let kept = clean.strip_prefix("it is ").unwrap().strip_suffix('!').unwrap().replace(REMOVED, "");
        assert!(clean.contains(REMOVED) && kept.len() <= 8, "{name}: {form} became {clean}");
        assert!(scrub.finds(&form) && !scrub.finds(&clean), "{name}");
        assert_eq!(scrub.bytes(form.as_bytes()), scrub.text(&form).into_bytes(), "{name}");
    }
}

#[test]
fn bytes_that_are_no_text_are_searched_too() {
    let scrub = scrub(&["sk-very-secret"]);
    assert_eq!(scrub.bytes(b"\xff\0sk-very-secret\xfe"), b"\xff\0[secret removed]\xfe");
}

#[test]
fn the_longer_of_two_is_not_left_half() {
    let scrub = scrub(&["secret-one", "secret-one-and-two"]);
    assert_eq!(scrub.text("secret-one-and-two secret-one-and"), "[secret removed] [secret removed]-and");
}

#[test]
fn a_short_value_and_ordinary_text_stay() {
    let scrub = scrub(&["seven77", "", "  eight88 "]);
    assert_eq!(scrub.text("seven77 eight88"), "seven77 eight88");
    assert_eq!(Scrub::default().text("anything"), "anything");
}

#[test]
fn what_is_learnt_holds_for_every_clone_and_nothing_is_forgotten() {
    let first = scrub(&["old-secret-1"]);
    let clone = first.clone();
    let mut running = first.stream();
    first.learn(["new-secret-2"]);
    assert_eq!(clone.text("old-secret-1 new-secret-2"), "[secret removed] [secret removed]");
    // A stream goes on with what was known when it began.
    assert_eq!(running.push(b"new-secret-2 "), b"new-secret-2 ");
}

#[test]
fn only_what_may_be_a_secret_is_held_back() {
    let scrub = scrub(&["sk-very-secret"]);
    let mut stream = scrub.stream();
    assert_eq!(stream.push(b"data: hello sk-very"), b"data: hello ");
    assert_eq!(stream.push(b" much"), b"sk-very much");
    assert_eq!(stream.push(b" sk-very-secret."), b" [secret removed].");
    assert_eq!(stream.push(b"sk-very-secret"), b"[secret removed]");
    assert_eq!((stream.found(), stream.push(b"sk-"), stream.finish()), (2, vec![], b"sk-".to_vec()));
}

#[test]
fn one_that_may_become_a_longer_one_waits() {
    let scrub = scrub(&["secret-one", "secret-one-and-two"]);
    let text = b"secret-one-and-two secret-one-and secret-one";
    for length in 1..text.len() {
        let clean = streamed(&scrub, text, vec![length; text.len()]).0;
        assert_eq!(clean, b"[secret removed] [secret removed]-and [secret removed]", "in pieces of {length}");
    }
}

#[test]
fn debug_shows_nothing() {
    let scrub = scrub(&["sk-very-secret"]);
    let mut stream = scrub.stream();
    stream.push(b"sk-very");
    assert_eq!(format!("{scrub:?} {stream:?}"), "Scrub(..) StreamScrub(..)");
}

/// Text of pieces of secrets, whole ones, and what may look like their beginning.
fn texts() -> impl Strategy<Value = (Vec<String>, Vec<u8>)> {
    // Two letters make beginnings, overlaps and values that hold each other likely.
    let secrets = prop::collection::vec("[ab]{8,12}|[ab/\"]{8,10}", 1..4);
    (secrets, "[ab]{1,4}").prop_flat_map(|(mut secrets, more)| {
        secrets.push(format!("{}{more}", secrets[0]));
        let forms: Vec<Vec<u8>> = secrets.iter().flat_map(|secret| forms::of(secret)).collect();
        let piece = prop_oneof![
            prop::sample::select(forms.clone()),
            (prop::sample::select(forms), 0usize..40).prop_map(|(form, cut)| form[..cut.min(form.len())].to_vec()),
            prop::collection::vec(any::<u8>(), 0..4),
            "[ab]{0,6}".prop_map(String::into_bytes),
        ];
        (Just(secrets), prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()))
    })
}

proptest! {
    #[test]
    fn a_stream_is_scrubbed_as_the_whole_is(
        (secrets, text) in texts(), pieces in prop::collection::vec(0usize..9, 0..60)
    ) {
        let scrub = Scrub::new(&secrets);
        let whole = scrub.bytes(&text);
        let marks = |text: &[u8]| text.windows(REMOVED.len()).filter(|part| *part == REMOVED.as_bytes()).count();
        for (clean, found) in [streamed(&scrub, &text, pieces), streamed(&scrub, &text, vec![1; text.len()])] {
            prop_assert_eq!(&clean, &whole);
            prop_assert_eq!(found, marks(&whole));
        }
    }

    #[test]
    fn no_form_is_left((secrets, text) in texts()) {
        let clean = Scrub::new(&secrets).bytes(&text);
        for form in secrets.iter().flat_map(|secret| forms::of(secret)).filter(|form| form.len() >= SHORTEST) {
            let at = clean.windows(form.len()).position(|part| *part == form);
            prop_assert_eq!(at, None, "{:?} in {:?}", String::from_utf8_lossy(&form), String::from_utf8_lossy(&clean));
        }
    }
}
