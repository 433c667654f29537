//! A ledger that can't be opened: the bot stays, says why, does nothing, and never touches the file.

use std::path::PathBuf;

use claudetools_support::discord::{GENERAL, Person};
use claudetools_tests::bot::Bot;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};

use super::company::{Service, orders, world};
use crate::world::World;

struct Used {
    world: World,
    service: Service,
    file: PathBuf,
}

/// A world whose ledger holds a conversation, and a copy of it.
async fn used() -> Used {
    let (world, service) = world(orders).await;
    service.answers.open();
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude order one");
    world.said(asked, "It says: ").await;
    world.at_rest().await;
    let copied = world.setup().run(&["backup", world.places.path("copy.sqlite").to_str().unwrap()]).unwrap();
    assert!(copied.status.success());
    let id = rustix::process::Pid::from_raw(i32::try_from(bot.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    tokio::task::block_in_place(|| bot.ended());
    let file = world.places.path("data/ledger.sqlite");
    Used { world, service, file }
}

impl Used {
    async fn raw(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(&self.file).connect().await.unwrap()
    }

    /// What somebody is told who asks for something now; nothing is done.
    async fn told(&self) -> String {
        let (asked, ordered) = (self.world.model.count(), self.service.orders().len());
        let message = self.world.discord.says(&Person::alice(), GENERAL, "@claude order more");
        let said = self.world.said(GENERAL, "safe mode").await;
        assert_eq!(said.reply_to, Some(message));
        assert_eq!((self.world.model.count(), self.service.orders().len()), (asked, ordered));
        said.content
    }

    async fn is_back(&self, bot: Bot) {
        let (world, alice) = (&self.world, Person::alice());
        let more = |state: &claudetools_support::discord::State| {
            state
                .messages
                .values()
                .any(|one| one.content.contains("It says: ") && one.content.contains("200"))
                .then_some(())
        };
        world.discord.wait_for("the bot to read on", 2 * claudetools_tests::bot::PATIENCE, more).await;
        let asked = world.discord.says(&alice, GENERAL, "@claude order last");
        world.said(asked, "It says: ").await;
        world.whole(bot, &self.service, Vec::new()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_06_a_damaged_ledger_leaves_the_bot_in_safe_mode_until_a_backup_is_restored() {
    let used = used().await;
    let mut damaged = std::fs::read(&used.file).unwrap();
    damaged[..100].fill(b'x');
    std::fs::write(&used.file, &damaged).unwrap();
    let bot = used.world.start().await;
    insta::assert_snapshot!(used.told().await, @"I am in safe mode: my ledger is damaged, so I do nothing until an administrator has mended that. Then I read on where I stopped.");
    assert_eq!(std::fs::read(&used.file).unwrap(), damaged, "the damaged file was touched");
    let copy = used.world.places.path("copy.sqlite");
    let restored = used.world.setup().run(&["restore", copy.to_str().unwrap()]).unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    used.is_back(bot).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_06_a_locked_ledger_leaves_the_bot_in_safe_mode_until_it_is_let_go_of() {
    let used = used().await;
    let mut other = used.raw().await;
    for statement in ["PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"] {
        sqlx::query(statement).execute(&mut other).await.unwrap();
    }
    let bot = used.world.start().await;
    insta::assert_snapshot!(used.told().await, @"I am in safe mode: my ledger can't be opened, so I do nothing until an administrator has mended that. Then I read on where I stopped.");
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    sqlx::Connection::close(other).await.unwrap();
    used.is_back(bot).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_06_a_ledger_of_a_newer_version_leaves_the_bot_in_safe_mode() {
    let used = used().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'the future', 1, x'00', 0)";
    let mut raw = used.raw().await;
    sqlx::query(newer).execute(&mut raw).await.unwrap();
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut raw).await.unwrap();
    sqlx::Connection::close(raw).await.unwrap();
    let before = std::fs::read(&used.file).unwrap();
    let bot = used.world.start().await;
    insta::assert_snapshot!(used.told().await, @"I am in safe mode: my ledger was written by a newer version of me, so I do nothing until an administrator has mended that. Then I read on where I stopped.");
    bot.kill();
    assert_eq!(std::fs::read(&used.file).unwrap(), before, "the file was touched");
}

/// The same for a seed.
fn dice(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_06_a_hundred_flipped_bytes_are_found_or_harm_nothing_and_the_file_stays_as_it_is() {
    let used = used().await;
    let whole = std::fs::read(&used.file).unwrap();
    for seed in 1..=10_u64 {
        println!("seed {seed}");
        let (mut damaged, mut dice_of) = (whole.clone(), seed);
        for _ in 0..100 {
            let at = dice(&mut dice_of) % damaged.len();
            damaged[at] ^= 1 << (dice(&mut dice_of) % 8);
        }
        for beside in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{beside}", used.file.display()));
        }
        std::fs::write(&used.file, &damaged).unwrap();
        let ended = used.world.setup().run(&["ask", "what is here?"]).unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!said.contains("panicked"), "{said}");
        if ended.status.code() == Some(4) {
            assert_eq!(std::fs::read(&used.file).unwrap(), damaged, "seed {seed}: it was touched\n{said}");
        }
    }
}
