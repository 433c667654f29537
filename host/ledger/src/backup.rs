//! Copies of a ledger: taken while it is in use, and checked before they count.

use std::fs::File;
use std::path::{Path, PathBuf};

use sqlx::ConnectOptions as _;
use tempfile::NamedTempFile;

use crate::open::{options, place, private_dir};
use crate::{Broken, Kind, Ledger, LedgerError, Record, Verified, now};

/// Where copies go that nobody named a place for, below the data directory.
const BACKUPS: &str = "backups";

impl Ledger {
    /// Copies the ledger as it is at this moment to a file that is not there yet, for this user only, and notes in the
    /// audit that there is a copy. Works while a bot writes.
    ///
    /// The copy is whole and its audit verifies, or there is none.
    pub async fn back_up(&self, to: &Path) -> Result<Verified, LedgerError> {
        let verified = copy(self.file(), to).await?;
        self.note_backup(to, serde_json::json!({ "rows": verified.rows, "head": verified.head })).await?;
        Ok(verified)
    }

    /// When the newest copy was made that the ledger knows of, and where; `None` where there is none.
    pub async fn last_backup(&self) -> Result<Option<(String, String)>, LedgerError> {
        let row = self.audit_of(Kind::Backup, i64::MAX, 1).await?.into_iter().next();
        let file = |detail: &str| {
            let detail: serde_json::Value = serde_json::from_str(detail).unwrap_or_default();
            detail["file"].as_str().unwrap_or("a place that is not noted").to_owned()
        };
        Ok(row.map(|row| (row.at, file(&row.detail))))
    }

    pub(crate) async fn note_backup(&self, to: &Path, mut detail: serde_json::Value) -> Result<(), LedgerError> {
        let to = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
        detail["file"] = to.display().to_string().into();
        let record = Record { kind: Kind::Backup, thread: None, turn: None, member: None, detail };
        self.append_audit(&record).await.map(drop)
    }
}

/// A name for a copy of this moment, below the data directory.
pub fn backup_file(dir: &Path) -> PathBuf {
    dir.join(BACKUPS).join(format!("ledger-{}.sqlite", now().replace(':', "-")))
}

/// Copies the ledger in a file to another one, which must not be there.
pub(crate) async fn copy(from: &Path, to: &Path) -> Result<Verified, LedgerError> {
    if to.exists() {
        return Err(LedgerError::Exists(to.to_owned()));
    }
    let dir = to.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    private_dir(dir)?;
    let part = NamedTempFile::new_in(dir).map_err(|source| place(dir.to_owned(), source))?;
    copy_into(from, part.path()).await?;
    let verified = sound(part.path()).await?;
    part.as_file().sync_all().map_err(|source| place(to.to_owned(), source))?;
    part.persist_noclobber(to).map_err(|failed| place(to.to_owned(), failed.error))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| place(dir.to_owned(), source))?;
    Ok(verified)
}

/// SQLite makes the copy in one read transaction: everything in it is of one moment.
async fn copy_into(from: &Path, part: &Path) -> Result<(), LedgerError> {
    let mut connection = options(from).read_only(true).connect().await?;
    sqlx::query("VACUUM INTO ?").bind(part.to_string_lossy()).execute(&mut connection).await?;
    Ok(())
}

/// Whether a file is a whole ledger: every page of it, and its audit.
pub(crate) async fn sound(file: &Path) -> Result<Verified, LedgerError> {
    let unsound = |why: String| LedgerError::Unsound { path: file.to_owned(), why };
    let mut connection = options(file).read_only(true).connect().await?;
    let said: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut connection).await?;
    if said != "ok" {
        return Err(unsound(said));
    }
    drop(connection);
    Ledger::reading(file).verify_audit().await.map_err(|broken| match broken {
        Broken::Ledger(LedgerError::Database(error)) => unsound(error.to_string()),
        Broken::Ledger(error) => error,
        broken @ Broken::At { .. } => unsound(broken.to_string()),
    })
}
