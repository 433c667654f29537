//! What is changed while everything runs.

use std::time::Duration;

use claudetools_tests::company::{Company, Places};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::row::Row;
use crate::run::{Result, text};
use crate::setup;

/// How long a changed file may take until it is in force.
const TAKES: Duration = Duration::from_secs(10);

/// Lays the row's edit over `plugins.toml`, and waits until it was read.
pub async fn policy(places: &Places, company: &Company, policy: &str, row: &Row) -> Result<()> {
    if row.edit.is_empty() {
        return Ok(());
    }
    let edited = setup::laid_over(policy, &row.edit).map_err(text)?;
    let told = write(places, company, &edited).await?.join("\n");
    match &row.notice {
        Some(notice) if !told.contains(notice.as_str()) => Err(format!("the operator is not told {notice:?}: {told}")),
        None if !told.is_empty() => Err(format!("the operator is told: {told}")),
        _ => Ok(()),
    }
}

/// Replaces `plugins.toml`, waits until it was read, and answers what the operator is told of it.
pub async fn write(places: &Places, company: &Company, policy: &str) -> Result<Vec<String>> {
    let mut in_force = company.in_force.clone();
    in_force.borrow_and_update();
    let new = places.path("base/new");
    std::fs::write(&new, policy).map_err(text)?;
    std::fs::rename(new, places.path("base/plugins.toml")).map_err(text)?;
    let read = tokio::time::timeout(TAKES, in_force.changed()).await;
    read.map_err(|_| "the changed plugins.toml was not read")?.map_err(text)?;
    Ok(in_force.borrow().notices.clone())
}

/// From here on nothing can be written to the audit, as when the disk is full.
pub async fn fill_audit(places: &Places) -> Result<()> {
    let fails = "SELECT RAISE(FAIL, 'database or disk is full')";
    execute(places, &format!("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN {fails}; END")).await
}

/// The disk has room again.
pub async fn empty_audit(places: &Places) -> Result<()> {
    execute(places, "DROP TRIGGER full").await
}

async fn execute(places: &Places, statement: &str) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(places.path("data/ledger.sqlite"));
    let mut connection = options.connect().await.map_err(text)?;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.map_err(text)?;
    connection.close().await.map_err(text)
}
