//! I3, I4, I7 and I8: what was owed, read from the database itself, against what stands in Discord.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use claudetools_policy::Digest;
use claudetools_support::discord::{BOT, FakeDiscord};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};

/// Above this a test's database has grown without bound.
const MOST_BYTES: u64 = 64 << 20;

/// Messages without exactly one answer, answers that do not stand exactly once, and whatever still waits.
pub(super) async fn unanswered(discord: &FakeDiscord, file: &Path) -> Result<Vec<String>, sqlx::Error> {
    let mut connection = SqliteConnectOptions::new().filename(file).read_only(true).connect().await?;
    let mut broken = waiting(&mut connection).await?;
    broken.extend(answers(&mut connection).await?);
    broken.extend(parts(&mut connection, discord).await?);
    if std::fs::metadata(file).is_ok_and(|meta| meta.len() > MOST_BYTES) {
        broken.push(format!("I7: the database is larger than {MOST_BYTES} bytes"));
    }
    Ok(broken)
}

/// Whether nothing waits: no message and no delivery. Also while a program runs.
pub async fn at_rest(file: &Path) -> bool {
    let query = "SELECT (SELECT count(*) FROM inbox WHERE state <> 'settled') + \
                 (SELECT count(*) FROM outbox WHERE state = 'pending')";
    counted(file, query).await == Some(0)
}

/// How many messages were received.
pub async fn received(file: &Path) -> usize {
    counted(file, "SELECT count(*) FROM inbox").await.unwrap_or_default().try_into().unwrap_or_default()
}

async fn counted(file: &Path, query: &'static str) -> Option<i64> {
    let mut connection = SqliteConnectOptions::new().filename(file).read_only(true).connect().await.ok()?;
    sqlx::query_scalar(query).fetch_one(&mut connection).await.ok()
}

async fn waiting(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let rows = [
        ("I3: a message is not settled", "SELECT front || ' ' || message FROM inbox WHERE state <> 'settled'"),
        ("I8: something is owed", "SELECT id || ' in ' || thread FROM outbox WHERE state = 'pending'"),
        (
            "I4: a question stands",
            "SELECT id || ' in ' || thread FROM confirmation WHERE state IN ('asked', 'confirmed')",
        ),
    ];
    let mut broken = Vec::new();
    for (what, query) in rows {
        let found: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut *connection).await?;
        broken.extend(found.into_iter().map(|row| format!("{what}: {row}")));
    }
    Ok(broken)
}

/// Every turn that took a message owes one answer, under an id that is made of the turn.
async fn answers(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let turns: Vec<String> = sqlx::query_scalar("SELECT DISTINCT turn FROM inbox WHERE turn IS NOT NULL")
        .fetch_all(&mut *connection)
        .await?;
    let owed: Vec<String> = sqlx::query_scalar("SELECT id FROM outbox").fetch_all(&mut *connection).await?;
    let owed: BTreeSet<String> = owed.into_iter().collect();
    let missing = turns.into_iter().filter(|turn| !owed.contains(&answer(turn)));
    Ok(missing.map(|turn| format!("I3: {turn} has neither an answer nor a failure")).collect())
}

fn answer(turn: &str) -> String {
    Digest::of(format!("answer {turn}")).hex()[..16].to_owned()
}

/// What was delivered stands once; what stands was delivered.
async fn parts(connection: &mut SqliteConnection, discord: &FakeDiscord) -> Result<Vec<String>, sqlx::Error> {
    let noted: Vec<(String, String)> =
        sqlx::query_as("SELECT outbox_part.message, outbox.state FROM outbox_part JOIN outbox ON outbox.id = delivery")
            .fetch_all(connection)
            .await?;
    let mut broken = Vec::new();
    let mut ids = BTreeSet::new();
    for (message, _) in &noted {
        if !ids.insert(message.clone()) {
            broken.push(format!("I3: {message} counts as two deliveries"));
        }
        let stands = |id: u64| discord.see(|state| state.messages.contains_key(&id));
        if !message.parse().is_ok_and(stands) {
            broken.push(format!("I3: {message} counts as delivered and was never posted"));
        }
    }
    let mut nonces: BTreeMap<(u64, String), usize> = BTreeMap::new();
    discord.see(|state| {
        for message in state.messages.values().filter(|message| message.author == BOT && !message.deleted) {
            let Some(nonce) = message.nonce.clone().filter(|nonce| is_delivery(nonce)) else { continue };
            if !ids.contains(&message.id.to_string()) {
                broken.push(format!("I3: {} stands and is not noted: {:?}", message.id, message.content));
            }
            *nonces.entry((message.channel, nonce)).or_default() += 1;
        }
    });
    let twice = nonces.into_iter().filter(|(_, times)| *times > 1);
    broken.extend(twice.map(|((channel, nonce), _)| format!("I3: {nonce} stands twice in {channel}")));
    Ok(broken)
}

/// The nonce of a part: the delivery's id, and the part's number.
fn is_delivery(nonce: &str) -> bool {
    nonce.split_once('-').is_some_and(|(id, part)| {
        id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit()) && part.chars().all(|c| c.is_ascii_digit())
    })
}
