//! Runs shell cases through the plugin `shell` in the sandbox: a line of JSON in, a line of JSON out.
//!
//! `cargo xtask shell-cases` starts it. Each case has a fresh instance; its files are copied to `/tmp`, where it starts.

use std::io::{BufRead as _, Write as _};
use std::path::Path;

use claudetools_agent::message::RawBlock;
use claudetools_agent::tools::ToolEvent;
use claudetools_tests::company::{Company, Places};
use serde_json::{Value, json};

const POLICY: &str = include_str!("policy.toml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let places = Places::in_memory()?;
    let company = Company::open(&places, POLICY).await?;
    for line in std::io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?)?;
        let repo = places.path("repo");
        prepare(&repo, &case)?;
        let input = json!({ "command": command(&case), "timeout": 20_000 }).to_string();
        let (result, events) = company.call_in("1", "Bash", &input, &["tech"]).await;
        let said = text(&result.content);
        let stderr = std::fs::read(repo.join("stderr")).unwrap_or_default();
        let outcome = json!({
            "id": case["id"],
            "stdout": without_parse_error(&events.iter().filter_map(appended).collect::<String>()),
            "stderr": format!("{}{}", String::from_utf8_lossy(&stderr), said),
            "status": status(&said),
        });
        writeln!(std::io::stdout().lock(), "{outcome}")?;
    }
    Ok(())
}

/// Empties the repository, which is held open and has to stay, and puts the case's files there.
fn prepare(repo: &Path, case: &Value) -> std::io::Result<()> {
    for entry in std::fs::read_dir(repo)? {
        let path = entry?.path();
        if path.is_dir() { std::fs::remove_dir_all(path)? } else { std::fs::remove_file(path)? }
    }
    std::fs::create_dir_all(repo.join("files"))?;
    for file in case["files"].as_array().into_iter().flatten() {
        let path = repo.join("files").join(file["path"].as_str().unwrap_or_default());
        std::fs::create_dir_all(path.parent().unwrap_or(repo))?;
        std::fs::write(path, file["contents"].as_str().unwrap_or_default())?;
    }
    Ok(())
}

/// A script that cannot be read says so before it could have turned its errors away.
fn without_parse_error(stdout: &str) -> &str {
    if stdout.starts_with("bash: parse error") { "" } else { stdout }
}

/// What whoever watches saw: every byte that the script wrote to its standard output.
fn appended(event: &ToolEvent) -> Option<&str> {
    match event {
        ToolEvent::Append(text) => Some(text),
        _ => None,
    }
}

/// The script, on the line on which it began, with both streams apart.
fn command(case: &Value) -> String {
    let mut command = "cp -r /repo/files/. /tmp; cd /tmp; unset OLDPWD; ".to_owned();
    for file in case["files"].as_array().into_iter().flatten().filter(|file| file["executable"] == true) {
        command.push_str(&format!("chmod +x '{}'; ", file["path"].as_str().unwrap_or_default()));
    }
    for (name, value) in case["env"].as_object().into_iter().flatten() {
        command.push_str(&format!("export {name}='{}'; ", value.as_str().unwrap_or_default()));
    }
    command + "exec 2>/repo/stderr; " + case["script"].as_str().unwrap_or_default()
}

/// The texts of a result.
fn text(content: &[RawBlock]) -> String {
    let text = |block| serde_json::to_value(block).ok()?["text"].as_str().map(str::to_owned);
    content.iter().filter_map(text).collect()
}

/// The exit code that the tool tells.
fn status(text: &str) -> i32 {
    let code = text.strip_prefix("Exit code ").map(|rest| rest.split('\n').next().unwrap_or_default());
    code.map_or_else(|| if text.starts_with("Command timed out") { 124 } else { 0 }, |code| code.parse().unwrap_or(-1))
}
