//! Pages.

use serde_json::Value;

use super::options::Options;
use super::{Answer, Request, misunderstood};
use crate::microsoft::state::State;

/// What stands on the page that is asked, and the link to the next.
///
/// With `thirds` there are three pages of every list of three and more, and each begins with the last of the page
/// before it: a list that changed under the reader.
pub(super) fn cut(
    state: &mut State,
    request: &Request<'_>,
    all: Vec<Value>,
    options: &Options,
    thirds: bool,
) -> Result<(Vec<Value>, Option<String>), Answer> {
    let asked = without_token(request);
    let from = match &options.token {
        None => 0,
        Some(token) => match state.pages.get(token) {
            Some(page) if page.request == asked => page.from,
            _ => return Err(misunderstood(state, request, "the `$skiptoken` is of no page that was promised")),
        },
    };
    let size = if thirds && all.len() >= 3 { all.len().div_ceil(3).min(options.size) } else { options.size };
    let until = (from + size).min(all.len());
    let start = if thirds && from > 0 { from - 1 } else { from };
    let next = (until < all.len()).then(|| {
        let token = state.promise(asked.clone(), until);
        let sign = if asked.contains('?') { '&' } else { '?' };
        format!("{}{asked}{sign}$skiptoken={token}", state.base)
    });
    Ok((all.get(start..until).unwrap_or_default().to_vec(), next))
}

/// The request as it was made first: its path and its options as they were sent.
fn without_token(request: &Request<'_>) -> String {
    let query = request.call.raw_query.trim_start_matches('?');
    let kept: Vec<&str> = query.split('&').filter(|part| !part.is_empty() && !is_token(part)).collect();
    let path = &request.call.path;
    if kept.is_empty() { path.clone() } else { format!("{path}?{}", kept.join("&")) }
}

fn is_token(part: &str) -> bool {
    part.starts_with("$skiptoken=") || part.to_lowercase().starts_with("%24skiptoken=")
}
