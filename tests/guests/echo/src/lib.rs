//! Gives back what it was given.

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

#[derive(serde::Deserialize)]
struct Input {
    text: String,
}

struct Echo;

impl Guest for Echo {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        let input: Input = kit::input(&invocation)?;
        Ok(Output::text(input.text))
    }
}

kit::manifest!("manifest.toml");
kit::export!(Echo);
