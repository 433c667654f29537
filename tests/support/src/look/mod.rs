//! A page that shows messages as Discord's client does: the subset of its Markdown and of its parts that a bot can use.
//!
//! It reads as Discord reads, and knows nothing of the product: what is wrong on the page is wrong in Discord. Made
//! from what [`crate::discord::FakeDiscord::dump`] gives; dark, on a desk and on a phone of 390 pixels side by side.

mod blocks;
mod inline;
mod message;
#[cfg(test)]
mod tests;

use serde_json::Value;

const STYLE: &str = include_str!("look.css");

/// The page of one or more dumps.
pub fn page(title: &str, dumps: &[Value]) -> String {
    let channels: String = dumps.iter().map(channel).collect();
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style>\n\
         <body><div class=\"screen desk\">{channels}</div><div class=\"screen phone\">{channels}</div></body></html>\n"
    )
}

/// Discord's Markdown as HTML; `names` says what mentions are shown as.
pub fn markdown(text: &str, names: &Value) -> String {
    blocks::html(text, names)
}

fn channel(dump: &Value) -> String {
    let messages: String = list(&dump["messages"]).iter().map(|one| message::html(one, &dump["names"])).collect();
    format!("<section><header>#&ensp;{}</header>\n{messages}</section>", escaped(text(&dump["channel"])))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
