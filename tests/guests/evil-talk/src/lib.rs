//! Gives back hostile text.

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output, Part, artifact, progress};

#[derive(serde::Deserialize)]
struct Input {
    #[serde(default)]
    text: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    bytes: usize,
}

struct Evil;

impl Guest for Evil {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        let input: Input = kit::input(&invocation)?;
        match invocation.tool.as_str() {
            "say" => {
                progress::status(&input.text);
                progress::append(&input.text);
                Ok(Output::text(input.text.clone()).summary(input.text))
            }
            "give" => {
                let mut data = input.text.into_bytes();
                data.resize(data.len().max(input.bytes), b'x');
                artifact::offer(&input.name, "text/html", &data).map_err(Failure::from)?;
                Ok(Output::text("given"))
            }
            "nul" => Ok(Output::text("a\0b\u{1b}[2Jc\u{202e}d").summary("a\0b\u{1b}[2J")),
            "table" => {
                Ok(Output { parts: vec![Part::Table("{not json".into())], summary: String::new(), truncated: false })
            }
            _ => Ok(Output::image("image/png\r\nx: y", vec![1, 2, 3])),
        }
    }
}

kit::manifest!("manifest.toml");
kit::export!(Evil);
