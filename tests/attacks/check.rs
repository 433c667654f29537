//! What must hold after a call.

use std::time::{Duration, Instant};

use claudetools_agent::tools::ToolResult;
use claudetools_tests::company::{CANARY, Company, Places};

use crate::row::Row;

type Check = Result<(), String>;

/// The answer is the one the row expects.
pub fn answer(row: &Row, result: &ToolResult) -> Check {
    let code = result.code.map(|code| code.as_str());
    let as_expected = match row.expect.as_str() {
        "any" => true,
        "ok" => !result.is_error,
        "error" => result.is_error,
        "limit" => code.is_some_and(|code| code.starts_with("limit.")),
        expected => code == Some(expected),
    };
    let text = shown(result);
    if !as_expected {
        return Err(format!("expected {}, got {code:?}: {text}", row.expect));
    }
    if let Some(missing) = row.text.iter().find(|wanted| !text.contains(wanted.as_str())) {
        return Err(format!("the answer lacks {missing:?}: {text}"));
    }
    let seen = format!("{text}{}", result.summary);
    match row.never.iter().find(|never| seen.contains(never.as_str())) {
        Some(leak) => Err(format!("the answer holds {leak:?}: {seen}")),
        None => Ok(()),
    }
}

/// Every block of a result, as JSON text.
pub fn shown(result: &ToolResult) -> String {
    result.content.iter().map(|block| block.json()).collect::<Vec<_>>().join("\n")
}

/// Nothing outside was touched, and nothing inside that the row names.
pub fn world(row: &Row, places: &Places, before: &[(String, Vec<u8>)]) -> Check {
    for path in ["outside/canary.txt", "vault/secret.txt", "repo/.git/config", "repo/.env"] {
        let bytes = std::fs::read(places.path(path)).unwrap_or_default();
        if bytes != CANARY.as_bytes() {
            return Err(format!("{path} was changed"));
        }
    }
    let outside = std::fs::read_dir(places.path("outside")).map(Iterator::count).unwrap_or_default();
    if outside != 1 {
        return Err("something was made outside every root".into());
    }
    for (path, bytes) in before {
        if std::fs::read(places.path("repo").join(path)).ok().as_ref() != Some(bytes) {
            return Err(format!("{path} was changed"));
        }
    }
    match row.absent.iter().find(|path| places.path("repo").join(path).symlink_metadata().is_ok()) {
        Some(path) => Err(format!("{path} was made")),
        None => Ok(()),
    }
}

/// The audit's chain holds, and its newest row is about this call and carries its code.
pub async fn audit(company: &Company, result: &ToolResult) -> Check {
    company.ledger.verify_audit().await.map_err(|error| error.to_string())?;
    let newest = company.ledger.newest_audit(1).await.map_err(|error| error.to_string())?;
    let row = newest.first().ok_or("the audit is empty")?;
    let detail: serde_json::Value = serde_json::from_str(&row.detail).map_err(|error| error.to_string())?;
    let code = result.code.map(|code| code.as_str());
    if detail["code"].as_str() == code {
        return Ok(());
    }
    Err(format!("the audit says {} where the answer says {code:?}", row.detail))
}

/// Open file descriptors of this process, by what they lead to. The memory images of compiled plugins stay
/// open by design, and the ledger opens its connections when it needs them.
pub fn descriptors() -> Vec<String> {
    let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let shown = open.map(|entry| std::fs::read_link(entry.path()).unwrap_or_default().to_string_lossy().into_owned());
    let lasting = |target: &String| target.starts_with("/memfd:wasm-memory-image") || target.contains("/ledger.sqlite");
    shown.filter(|target| !lasting(target)).collect()
}

/// No descriptor and no scratch directory is left, once what was cancelled has ended.
pub async fn nothing_left(places: &Places, before: &[String]) -> Check {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let (now, scratch) = (descriptors(), scratch_directories(places));
        if now.len() <= before.len() && scratch == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("left behind: {scratch} scratch directories\nbefore: {before:?}\nafter: {now:?}"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn scratch_directories(places: &Places) -> usize {
    std::fs::read_dir(places.path("data/scratch")).map(Iterator::count).unwrap_or_default()
}
