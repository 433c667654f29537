//! What is opened, and that nothing else is.

mod formats;
mod refused;
mod seal;
mod tampered;
mod vectors;

use super::*;

/// The published test identity of the vectors, made for nothing else.
const IDENTITY: &str = "AGE-SECRET-KEY-1EQUCGFZH8UZKSZ0Z5N5T234YRNDT4U9H7QNYXWRRNJYDDVXE6FWSCPGNJ7";

fn identities(text: &str) -> Identities {
    Identities::lookup(&|name| (name == "SOPS_AGE_KEY").then(|| text.to_owned())).unwrap()
}

/// Opens a file with the test identity.
fn open(format: Format, text: &str) -> Result<Document, SopsError> {
    decrypt(format, text.as_bytes(), &identities(IDENTITY))
}

/// A field as text, or why there is none.
fn field(document: &Document, name: &str) -> Result<String, FieldError> {
    document.secret(name).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}
