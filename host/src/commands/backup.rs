//! `claudetools backup` and `claudetools restore`.

use std::path::{Path, PathBuf};

use claudetools_ledger::{Ledger, Lost, Restored, backup_file};

use super::out;
use crate::boot::ledger_failed;
use crate::config::Config;
use crate::exit::Fatal;

/// Copies the ledger; works while the bot runs.
pub async fn backup(config: &Config, file: Option<PathBuf>) -> Result<(), Fatal> {
    let ledger = Ledger::open_beside(&config.data_dir).await.map_err(ledger_failed)?;
    let file = file.unwrap_or_else(|| backup_file(&config.data_dir));
    let verified = ledger.back_up(&file).await.map_err(ledger_failed)?;
    ledger.close().await;
    out(format_args!(
        "The ledger is copied to {}.\nThe copy is whole; its audit has {} rows, the last one {}.\n",
        file.display(),
        verified.rows,
        verified.head
    ))
}

/// Puts a copy in the ledger's place, and says what that costs.
pub async fn restore(config: &Config, file: &Path) -> Result<(), Fatal> {
    let restored = Ledger::restore(&config.data_dir, file).await.map_err(ledger_failed)?;
    out(told(file, &restored))
}

fn told(file: &Path, restored: &Restored) -> String {
    let until = restored.until.as_deref().map_or("It holds no messages.".to_owned(), |until| {
        format!("Its newest message came at {until}. What was going on then is not gone on with.")
    });
    let kept = restored.kept.as_ref().map_or("There was no ledger before.".to_owned(), |kept| {
        format!("The ledger from before is kept as {}.", kept.display())
    });
    format!("The ledger is the one of {} now. {until}\n{}\n{kept}\n", file.display(), lost(restored.lost))
}

fn lost(lost: Lost) -> String {
    match lost {
        Lost::Messages { messages: 0, .. } => "Nothing came after that.".to_owned(),
        Lost::Messages { messages, threads } => format!(
            "What came after that is lost: {}, with what was answered and done. None of them is answered again.",
            counted(messages, threads)
        ),
        Lost::Unknown => "What came after that is lost, and nobody can say how much: the bot reads on from its next \
                          start, and answers nothing from before it."
            .to_owned(),
    }
}

fn counted(messages: u64, threads: u64) -> String {
    let of = |count: u64, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    format!("{} in {}", of(messages, "message"), of(threads, "thread"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_said() {
        let messages = |messages, threads| lost(Lost::Messages { messages, threads });
        let all = [messages(0, 0), messages(1, 1), messages(12, 3), lost(Lost::Unknown)];
        insta::assert_snapshot!(all.join("\n"), @r"
        Nothing came after that.
        What came after that is lost: 1 message in 1 thread, with what was answered and done. None of them is answered again.
        What came after that is lost: 12 messages in 3 threads, with what was answered and done. None of them is answered again.
        What came after that is lost, and nobody can say how much: the bot reads on from its next start, and answers nothing from before it.
        ");
    }
}
