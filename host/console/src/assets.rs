//! The page itself, part of the binary.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::refused::Refused;

/// The page with the conversations.
pub(crate) const INDEX: &str = include_str!("page/index.html");

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, media type, text.
const ASSETS: [(&str, &str, &str); 9] = [
    ("console.css", "text/css; charset=utf-8", include_str!("page/console.css")),
    ("conversation.css", "text/css; charset=utf-8", include_str!("page/conversation.css")),
    ("plugins.css", "text/css; charset=utf-8", include_str!("page/plugins.css")),
    ("console.js", JAVASCRIPT, include_str!("page/console.js")),
    ("cards.js", JAVASCRIPT, include_str!("page/cards.js")),
    ("conversation.js", JAVASCRIPT, include_str!("page/conversation.js")),
    ("plugins.js", JAVASCRIPT, include_str!("page/plugins.js")),
    ("api.js", JAVASCRIPT, include_str!("page/api.js")),
    ("icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
];

/// One asset.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(known, _, _)| *known == name) {
        Some((_, media_type, text)) => ([(header::CONTENT_TYPE, *media_type)], *text).into_response(),
        None => Refused::new(StatusCode::NOT_FOUND, "there is no such file").into_response(),
    }
}
