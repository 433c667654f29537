//! What a plugin's file says of itself.

use std::collections::BTreeSet;

use claudetools_policy::{Admission, Code, Digest, Manifest, Policy, admit};
use claudetools_sandbox::inspect;

use crate::fixture::is_fit_to_show;

/// The first bytes of every component.
const HEAD: &[u8] = b"\0asm\x0d\0\x01\0";
/// The name of the custom section that holds the manifest.
pub const SECTION: &str = "claudetools:manifest";

/// The bytes of a file, or the text of a manifest, which is then put into an empty component.
///
/// Both are read or refused with words that can be shown. A manifest says the same in a component as alone, twice the
/// same, and is worth nothing without an approval.
pub fn manifest(data: &[u8]) {
    if data.starts_with(b"\0asm") || data.starts_with(b"\x7fELF") {
        return inspected(data);
    }
    let component = with_section(HEAD, data);
    inspected(&component);
    let Ok(text) = str::from_utf8(data) else {
        return assert!(inspect(&component).is_err(), "a manifest that is not text was read");
    };
    let alone = Manifest::parse(text);
    assert_eq!(Manifest::parse(text), alone);
    if data.len() < 200_000 {
        assert_eq!(inspect(&component).map(|found| found.manifest).ok(), alone.as_ref().ok().cloned());
    }
    match alone {
        Ok(manifest) => keeps_its_word(&manifest, text),
        Err(error) => {
            assert!(error.problem.chars().count() <= 600 && !error.problem.chars().any(char::is_control), "{error:?}");
            assert!([Code::ProtoExport, Code::SupplyStrings].contains(&error.code), "{error:?}");
        }
    }
}

/// A component with one more custom section, the manifest.
pub fn with_section(component: &[u8], manifest: &[u8]) -> Vec<u8> {
    use wasm_encoder::{CustomSection, Section as _};
    let mut bytes = component.to_vec();
    CustomSection { name: SECTION.into(), data: manifest.into() }.append_to(&mut bytes);
    bytes
}

fn inspected(bytes: &[u8]) {
    let found = match inspect(bytes) {
        Ok(found) => found,
        Err(refusal) => {
            assert!([Code::ProtoExport, Code::SupplyStrings, Code::SupplySize].contains(&refusal.code), "{refusal:?}");
            return is_fit_to_show(&refusal);
        }
    };
    assert_eq!((found.component, found.bytes), (Digest::of(bytes), bytes.len() as u64));
    let policy = Policy::parse("schema = 1\n").expect("it is ours");
    let Admission::Quarantined(reasons) = admit(found, &policy, false) else { panic!("nobody approved it") };
    assert!(reasons.iter().any(|reason| reason.code == Code::SupplyUnapproved), "{reasons:?}");
    reasons.iter().for_each(is_fit_to_show);
}

fn keeps_its_word(manifest: &Manifest, text: &str) {
    let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!((1..=64).contains(&manifest.name.len()) && manifest.name.chars().all(name), "{:?}", manifest.name);
    assert!((1..=64).contains(&manifest.tools.len()));
    let names: BTreeSet<_> = manifest.tools.iter().map(|tool| &tool.name).collect();
    assert_eq!(names.len(), manifest.tools.len(), "two tools of one name");
    let word = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    assert!(names.iter().all(|name| (1..=64).contains(&name.len()) && name.chars().all(word)), "{names:?}");
    assert!(manifest.requests.iter().all(|request| !request.why.trim().is_empty()));
    assert_eq!((manifest.digest, manifest.strings_digest()), (Digest::of(text), manifest.clone().strings_digest()));
}
