//! Opening a ledger: the lock, the checks, the migrations.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlitePool};

use crate::write::Write;
use crate::{LedgerError, backup, restore};

/// The ledger's file in the data directory.
pub(crate) const FILE: &str = "ledger.sqlite";
/// The file whose lock says that a process uses the directory. The lock ends with the process, however it ends.
const LOCK: &str = "claudetools.lock";
/// Connections that only read; each is a thread of its own, and loads of long threads must not wait for each other.
const READERS: u32 = 2;
/// Pages that each connection keeps of its own, in KiB: more than a turn touches. The system's cache has the others, and a
/// larger one fills for hours.
const CACHE: u32 = 512;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The durable store. Cheap to clone.
///
/// Every method that writes has written to the file when it answers: a killed process loses nothing. A loss of power
/// may lose the last moments, never the order: with `synchronous = NORMAL` in WAL mode SQLite leaves the flush to the
/// operating system between checkpoints, because a flush at each step of a turn costs more than the step.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    file: PathBuf,
    readers: SqlitePool,
    writer: Option<SqlitePool>,
    _lock: Option<File>,
}

impl Ledger {
    /// Opens the ledger of a data directory, which is made (for this user only) where it is missing, and holds the
    /// directory until the last clone is dropped. An older ledger is copied before it is brought up to date.
    ///
    /// Refused, with nothing touched: a directory in use, a ledger of a newer version, a damaged file.
    pub async fn open(dir: &Path) -> Result<Self, LedgerError> {
        private_dir(dir)?;
        let lock = lock(dir)?;
        let file = dir.join(FILE);
        restore::finish(dir).map_err(|source| place(file.clone(), source))?;
        private_file(&file)?;
        let found = schema(&file).await?;
        if let Some(found) = found.filter(|found| *found > known()) {
            return Err(LedgerError::Newer { path: file, found, known: known() });
        }
        quick_check(&file).await?;
        let older = found.filter(|found| *found < known());
        let backup = backup::backup_file(dir);
        if older.is_some() {
            backup::copy(&file, &backup).await?;
        }
        let ledger = Self::writing(&file, Some(lock)).await?;
        let mut tx = ledger.write().await?;
        crate::money::lose(&mut tx, None).await?;
        tx.commit().await?;
        if let Some(schema) = older {
            ledger.note_backup(&backup, serde_json::json!({ "schema": schema })).await?;
        }
        Ok(ledger)
    }

    /// Opens a file to write, brought up to date.
    pub(crate) async fn writing(file: &Path, lock: Option<File>) -> Result<Self, LedgerError> {
        let options = options(file).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        MIGRATIONS.run(&writer).await?;
        let (file, readers) = (file.to_owned(), readers(file));
        Ok(Self(Arc::new(Inner { file, readers, writer: Some(writer), _lock: lock })))
    }

    /// Opens a file to read, whatever its schema.
    pub(crate) fn reading(file: &Path) -> Self {
        let (file, readers) = (file.to_owned(), readers(file));
        Self(Arc::new(Inner { file, readers, writer: None, _lock: None }))
    }

    /// Opens a ledger that another process holds, to add to it: each write is a transaction of its own, so that the
    /// audit stays one chain. Nothing is migrated.
    pub async fn open_beside(dir: &Path) -> Result<Self, LedgerError> {
        let read_only = Self::open_read_only(dir).await?;
        let (file, readers) = (read_only.file().to_owned(), read_only.read().clone());
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options(&file)).await?;
        Ok(Self(Arc::new(Inner { file, readers, writer: Some(writer), _lock: None })))
    }

    /// Opens a ledger to read, also while another process writes it.
    pub async fn open_read_only(dir: &Path) -> Result<Self, LedgerError> {
        let path = dir.join(FILE);
        if !path.exists() {
            return Err(LedgerError::Missing(path));
        }
        match schema(&path).await?.unwrap_or_default() {
            found if found > known() => Err(LedgerError::Newer { path, found, known: known() }),
            found if found < known() => Err(LedgerError::Older { path, found, known: known() }),
            _ => Ok(Self::reading(&path)),
        }
    }

    /// Closes the file; later calls fail. Dropping every clone does the same, only later.
    pub async fn close(&self) {
        self.0.readers.close().await;
        if let Some(writer) = &self.0.writer {
            writer.close().await;
        }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.0.file
    }

    pub(crate) fn read(&self) -> &SqlitePool {
        &self.0.readers
    }

    pub(crate) async fn write(&self) -> Result<Write, LedgerError> {
        let writer = self.0.writer.as_ref().ok_or(LedgerError::ReadOnly)?;
        Ok(Write::begin(writer).await?)
    }
}

pub(crate) fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", format!("-{CACHE}"))
        .disable_statement_logging()
}

fn readers(file: &Path) -> SqlitePool {
    SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(options(file).read_only(true))
}

/// The newest migration this program knows.
pub(crate) fn known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// The newest migration of a ledger; `None` for an empty file. Reads only.
pub(crate) async fn schema(file: &Path) -> Result<Option<i64>, LedgerError> {
    let mut connection = options(file).read_only(true).connect().await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
        .fetch_one(&mut connection)
        .await?;
    let found = if tables == 0 {
        None
    } else {
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut connection).await?
    };
    connection.close().await?;
    Ok(found)
}

/// Looks at every page, not at every index: a damaged ledger is met here and not in the middle of a turn.
async fn quick_check(file: &Path) -> Result<(), LedgerError> {
    let mut connection = options(file).read_only(true).connect().await?;
    let said: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut connection).await?;
    connection.close().await?;
    if said == "ok" { Ok(()) } else { Err(LedgerError::Damaged(said)) }
}

pub(crate) fn lock(dir: &Path) -> Result<File, LedgerError> {
    let path = dir.join(LOCK);
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LedgerError::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(LedgerError::Place { path, source }),
    }
}

/// Makes the directory where it is missing, for this user only: transcripts are nobody else's business.
pub(crate) fn private_dir(dir: &Path) -> Result<(), LedgerError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|source| place(dir.to_owned(), source))
}

/// Opens a file, made for this user only; SQLite gives the files beside it the same mode.
fn private_file(path: &Path) -> Result<File, LedgerError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| place(path.to_owned(), source))
}

pub(crate) fn place(path: PathBuf, source: io::Error) -> LedgerError {
    match source.kind() {
        io::ErrorKind::StorageFull => LedgerError::Full,
        _ => LedgerError::Place { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn limit_pages(ledger: &Ledger, pages: &'static str) {
        let writer = ledger.0.writer.as_ref().unwrap();
        sqlx::query(pages).execute(writer).await.unwrap();
    }

    #[tokio::test]
    async fn a_full_disk_is_said_and_the_ledger_works_again_when_there_is_space() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(dir.path()).await.unwrap();
        limit_pages(&ledger, "PRAGMA max_page_count = 40").await;
        let big = "x".repeat(400_000);
        let full = ledger.set_setting("big", &big).await.unwrap_err();
        insta::assert_snapshot!(full, @"the disk is full: the ledger could not be written; free some space, nothing is lost");
        limit_pages(&ledger, "PRAGMA max_page_count = 100000").await;
        ledger.set_setting("big", &big).await.unwrap();
        assert_eq!(ledger.setting("big").await.unwrap(), Some(big));
    }
}
