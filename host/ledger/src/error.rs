//! What can go wrong with a ledger.

use std::path::PathBuf;

/// Why the ledger could not be opened, read or written. Nothing is half done.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process has the data directory.
    #[error(
        "another claudetools is using the data directory {}: stop it, or set CLAUDETOOLS_DATA_DIR to another directory",
        .0.display()
    )]
    InUse(PathBuf),
    /// The data directory or a file in it cannot be made or opened.
    #[error("the data directory {} cannot be used: {source}", .path.display())]
    Place {
        /// The directory or file.
        path: PathBuf,
        /// The operating system's words.
        source: std::io::Error,
    },
    /// There is no ledger to read.
    #[error("there is no ledger at {}: start claudetools once, or check CLAUDETOOLS_DATA_DIR", .0.display())]
    Missing(PathBuf),
    /// A newer program wrote it.
    #[error(
        "the ledger {} was written by a newer version of claudetools (schema {found}, this one knows {known}): \
         nothing was changed; start the newer version",
        .path.display()
    )]
    Newer {
        /// The ledger's file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// An older program wrote it, and it was opened to read only.
    #[error(
        "the ledger {} has schema {found}, older than {known}: start claudetools once to bring it up to date",
        .path.display()
    )]
    Older {
        /// The ledger's file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The schema this program needs.
        known: i64,
    },
    /// The file is not a ledger, or is damaged.
    #[error(
        "the ledger is damaged ({0}): nothing was changed; put a backup in its place with `claudetools restore FILE`, or move it away to begin anew"
    )]
    Damaged(String),
    /// A copy is to go where something is.
    #[error("{} is there already: a backup overwrites nothing; name another file", .0.display())]
    Exists(PathBuf),
    /// A copy that is not whole.
    #[error("{} is no whole ledger ({why}): nothing was changed; take another backup", .path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// No space left.
    #[error("the disk is full: the ledger could not be written; free some space, nothing is lost")]
    Full,
    /// The file system refuses a read or a write: a failing disk, a quota, a limit.
    #[error(
        "the ledger's file could not be read or written ({0}): check the disk it lies on; what was written is not lost"
    )]
    Io(String),
    /// A write to a ledger that was opened to read only.
    #[error("this ledger was opened to read only")]
    ReadOnly,
    /// A stored text is not what this program writes.
    #[error("the ledger has {what} that cannot be read: {source}")]
    Unreadable {
        /// Which row.
        what: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A migration failed.
    #[error("the ledger could not be brought up to date: {0}")]
    Migration(sqlx::migrate::MigrateError),
    /// Anything else the database says.
    #[error("the ledger's database failed: {0}")]
    Database(sqlx::Error),
}

/// SQLite's primary result codes (the low byte of the extended ones).
const SQLITE_IOERR: u32 = 10;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_NOTADB: u32 = 26;

impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        let said = error.as_database_error();
        let code = said.and_then(|said| said.code()).and_then(|code| code.parse::<u32>().ok());
        let words = said.map(|said| said.message().to_owned()).unwrap_or_default();
        match code.map(|code| code & 0xff) {
            Some(SQLITE_FULL) => Self::Full,
            Some(SQLITE_IOERR) => Self::Io(words),
            Some(SQLITE_CORRUPT | SQLITE_NOTADB) => Self::Damaged(words),
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for LedgerError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Migration(other),
        }
    }
}
