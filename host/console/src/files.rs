//! The files that tools gave in a thread, and its transcript: downloads that no browser opens by itself.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use claudetools_ledger::Artifact;

use crate::refused::Refused;
use crate::routes::{Console, thread};

/// All files of a thread, oldest first.
pub(crate) async fn list(
    State(console): State<Console>,
    Path(name): Path<String>,
) -> Result<Json<Vec<Artifact>>, Refused> {
    Ok(Json(console.chat.artifacts(&thread(&name)?).await?))
}

/// One file. Its media type is what a tool said, so it is not told.
pub(crate) async fn download(
    State(console): State<Console>,
    Path((name, id)): Path<(String, i64)>,
) -> Result<Response, Refused> {
    let found = console.chat.artifact(&thread(&name)?, id).await?;
    let (artifact, data) = found.ok_or_else(|| Refused::new(StatusCode::NOT_FOUND, "there is no such file"))?;
    Ok(attached(&artifact.name, data))
}

/// The transcript of a thread: `format` is `md` or `json`.
pub(crate) async fn transcript(
    State(console): State<Console>,
    Path((name, format)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let export = console.chat.export(&thread(&name)?).await?;
    match format.as_str() {
        "md" => Ok(attached("transcript.md", export.markdown)),
        "json" => Ok(attached("transcript.json", export.json)),
        _ => Err(Refused::new(StatusCode::NOT_FOUND, "a transcript is `md` or `json`")),
    }
}

fn attached(name: &str, data: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, data).into_response()
}
