//! Tries to reach what it was not granted: one behaviour of raw `wasi:http` or of `std::net` for each tool.

mod body;
mod flood;
mod request;
mod socket;

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

#[derive(serde::Deserialize)]
pub struct Input {
    #[serde(default)]
    url: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    scheme: String,
    #[serde(default)]
    authority: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    count: usize,
    #[serde(default)]
    bytes: usize,
}

struct Evil;

impl Guest for Evil {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        let input: Input = kit::input(&invocation)?;
        match invocation.tool.trim_start_matches("net-") {
            "request" => request::request(&input),
            "raw" => request::raw(&input),
            "header-flood" => flood::headers(&input),
            "upload" => flood::upload(&input),
            "download" => flood::download(&input),
            "many" => flood::many(&input),
            "trailers" => flood::trailers(&input),
            "socket" => socket::connect(&input.authority),
            "datagram" => socket::datagram(&input.authority),
            "lookup" => socket::lookup(&input.authority),
            _ => Ok(Output::text(environment())),
        }
    }
}

/// Every variable and argument, one a line.
fn environment() -> String {
    let variables = std::env::vars().map(|(name, value)| format!("{name}={value}"));
    variables.chain(std::env::args()).collect::<Vec<_>>().join("\n")
}

kit::manifest!("manifest.toml");
kit::export!(Evil);
