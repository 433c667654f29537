//! The files that tools gave in a thread: a list, and each as a download that no browser opens by itself.

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
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", artifact.name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, data).into_response())
}
