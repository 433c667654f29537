//! Files that were changed after they were encrypted.

use proptest::prelude::*;

use super::seal::{RECIPIENT, WHEN};
use super::*;

/// The test files, each with its format.
fn files() -> [(Format, String); 5] {
    [
        (Format::Yaml, vectors::every_type()),
        (Format::Json, formats::json()),
        (Format::Yaml, formats::yaml()),
        (Format::Dotenv, formats::dotenv()),
        (Format::Ini, formats::ini()),
    ]
}

/// A file whose data key is known, so that it can be opened thousands of times.
struct Opened {
    format: Format,
    text: String,
    key: cipher::DataKey,
}

impl Opened {
    fn of((format, text): (Format, String)) -> Self {
        let (_, metadata) = read(format, text.as_bytes()).unwrap();
        let key = identities(IDENTITY).open(&metadata).unwrap();
        let this = Self { format, text, key };
        this.try_text(&this.text).unwrap();
        this
    }

    fn try_text(&self, text: &str) -> Result<Document, SopsError> {
        let (documents, metadata) = read(self.format, text.as_bytes())?;
        open::open(documents, &metadata, &self.key)
    }
}

/// Where every `data:`, `iv:` and `tag:` of a text is, as base64.
fn sealed_parts(text: &str) -> Vec<std::ops::Range<usize>> {
    let part = |name: &'static str| {
        text.match_indices(name).map(move |(at, _)| at + name.len()).map(|from| {
            let length = text[from..].find([',', ']']).unwrap();
            from..from + length
        })
    };
    [part("data:"), part(",iv:"), part(",tag:")]
        .into_iter()
        .flatten()
        .filter(|range| !text[range.clone()].contains('\n'))
        .collect()
}

#[test]
fn every_flipped_bit_is_refused() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let mut tried = 0;
    for file in files().map(Opened::of) {
        for range in sealed_parts(&file.text) {
            let bytes = STANDARD.decode(&file.text[range.clone()]).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let mut text = file.text.clone();
                text.replace_range(range.clone(), &STANDARD.encode(&flipped));
                assert!(file.try_text(&text).is_err(), "bit {bit} of {}", &file.text[range.clone()]);
                tried += 1;
            }
        }
    }
    assert!(tried > 10_000, "{tried}");
}

#[test]
fn every_changed_character_of_the_time_and_of_what_is_clear_is_refused() {
    for file in files().map(Opened::of) {
        let time = file.text.find("lastmodified").map(|at| at + file.text[at..].find("20").unwrap()).unwrap();
        for at in time..time + WHEN.len() {
            let mut text = file.text.clone();
            text.replace_range(at..=at, if &text[at..=at] == "1" { "2" } else { "1" });
            assert_eq!(file.try_text(&text).err(), Some(SopsError::Mac), "{text}");
        }
    }
    let yaml = Opened::of((Format::Yaml, formats::yaml()));
    for (from, to) in [("0x1f", "0x1e"), ("    one", "    two"), ("unencrypted: [0x1f,", "unencrypted: [0x1f, 1,")] {
        assert_eq!(yaml.try_text(&yaml.text.replace(from, to)).err(), Some(SopsError::Mac), "{from}");
    }
}

#[test]
fn a_value_in_another_place_is_refused() {
    let yaml = Opened::of((Format::Yaml, formats::yaml()));
    let swap = |a: &str, b: &str| yaml.text.replace(a, "\0").replace(b, a).replace('\0', b);
    let moved = swap("    secret:", "    note:");
    assert_eq!(yaml.try_text(&moved).err(), Some(SopsError::Value("client.note".to_owned())));
    let renamed = yaml.text.replace("when:", "then:");
    assert_eq!(yaml.try_text(&renamed).err(), Some(SopsError::Value("then".to_owned())));
    // Items of a list have the same place: only the MAC knows their order.
    let list = Opened::of((Format::Yaml, vectors::every_type()));
    let lines: Vec<&str> = list.text.lines().collect();
    let first = lines.iter().position(|line| line.starts_with("  - ENC")).unwrap();
    let mut turned = lines.clone();
    turned.swap(first, first + 1);
    assert_eq!(list.try_text(&turned.join("\n")).err(), Some(SopsError::Mac));
}

#[test]
fn a_value_that_is_taken_out_emptied_or_opened_is_refused() {
    let dotenv = Opened::of((Format::Dotenv, formats::dotenv()));
    let lines: Vec<&str> = dotenv.text.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("client.port=")).unwrap();
    let with = |line: &str| {
        let mut changed = lines.clone();
        changed[at] = line;
        dotenv.try_text(&changed.join("\n")).err()
    };
    assert_eq!(with("#"), Some(SopsError::Mac));
    assert_eq!(with("client.port="), Some(SopsError::Mac));
    assert_eq!(with("client.port=8443"), Some(SopsError::Clear("client.port".to_owned())));
    assert_eq!(
        with("client.port=ENC[AES256_GCM,data:,iv:,tag:,type:str]"),
        Some(SopsError::Value("client.port".to_owned()))
    );
    let cut = |from: &str, to: &str| with(&lines[at].replace(from, to));
    for (from, to) in
        [("type:str", "type:text"), ("type:str]", "type:str,more:x]"), ("type:str]", "type:str"), (",iv:", ",vi:")]
    {
        assert_eq!(cut(from, to), Some(SopsError::Value("client.port".to_owned())), "{to}");
    }
    let own: Vec<&str> = lines.iter().copied().filter(|line| !line.contains("mac_only_encrypted")).collect();
    assert_eq!(dotenv.try_text(&own.join("\n")).err(), Some(SopsError::Mac));
}

#[test]
fn a_key_wrapped_for_somebody_else_or_damaged_opens_nothing() {
    let file = vectors::by_regex();
    assert_eq!(open(Format::Yaml, &file.replace("YWdlLW", "YWdlLX")).err(), Some(SopsError::Key));
    let other = age::x25519::Identity::generate().to_public();
    let mut longer = age::encrypt_and_armor(&other, &[0; 33]).unwrap();
    let refused = |enc: &str| {
        let own = format!("age: [{{recipient: {RECIPIENT}, enc: {enc:?}}}], lastmodified: {WHEN}, mac: x");
        open(Format::Yaml, &format!("a: 1\nsops: {{{own}}}\n")).err()
    };
    assert!(matches!(refused(&longer), Some(SopsError::NoIdentity { .. })));
    let own: age::x25519::Recipient = RECIPIENT.parse().unwrap();
    for length in [0, 31, 33] {
        longer = age::encrypt_and_armor(&own, &vec![0; length]).unwrap();
        assert_eq!(refused(&longer), Some(SopsError::Key), "{length}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_a_reader_panic(format in 0usize..4, text in "[-\\[\\]{}:,&*!#|>'\"=; \n\t~a0_.%\\\\]{0,80}|(?s).{0,40}") {
        let format = [Format::Yaml, Format::Json, Format::Dotenv, Format::Ini][format];
        let _ = read(format, text.as_bytes());
    }
}
