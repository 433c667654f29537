//! Tries to use up what it is given: time, memory, stack, host calls, handles, output, log, space.

mod chatter;
mod clock;
mod fill;
mod flood;
mod grow;
mod hoard;
mod names;
mod recurse;
mod spin;
mod storm;

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

#[derive(serde::Deserialize)]
struct Input {
    #[serde(default)]
    path: String,
}

struct Evil;

impl Guest for Evil {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        let input: Input = kit::input(&invocation)?;
        match invocation.tool.as_str() {
            "spin" => spin::spin(),
            "storm" => storm::storm(),
            "grow" => grow::grow(),
            "recurse" => Ok(Output::text(recurse::recurse(1).to_string())),
            "flood" => flood::flood(),
            "chatter" => chatter::chatter(),
            "hoard" => hoard::hoard(&input.path),
            "fill" => fill::fill(),
            "names" => names::names(),
            "clock" => clock::clock(),
            "sleep" => {
                std::thread::sleep(std::time::Duration::from_secs(3600));
                Ok(Output::text("slept"))
            }
            _ => panic!("the guest crashes on purpose"),
        }
    }
}

kit::manifest!("manifest.toml");
kit::export!(Evil);
