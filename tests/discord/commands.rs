//! Every command through the real program: what `/help` lists is walked, whatever is added to the table.

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Interaction, Person, State};
use claudetools_tests::bot::PATIENCE;

use crate::world::{World, echo};

/// How a command is walked: who types it with what, and what the answer holds.
struct Walk {
    person: Person,
    options: &'static [(&'static str, &'static str)],
    answer: &'static str,
    /// What is said in the thread first.
    before: Option<&'static str>,
    /// What the thread says before the next walk.
    then: Option<&'static str>,
}

fn walk(name: &str) -> Walk {
    let by = |person, options, answer| Walk { person, options, answer, before: None, then: None };
    let (alice, bob) = (Person::alice(), Person::bob());
    match name {
        "ask" => Walk { then: Some("You said: what now?"), ..by(alice, &[("question", "what now?")], "I work on it.") },
        "resume" => by(alice, &[], "Your threads, the newest first"),
        "skill" => {
            let then = Some("Ship web with /repo/.claude/skills/ship/go.sh.");
            Walk { then, ..by(alice, &[("name", "ship"), ("arguments", "web")], "I work on it.") }
        }
        "compact" => by(alice, &[("instructions", "keep the names")], "Compacted: "),
        "clear" => by(alice, &[], "begins anew here"),
        "rewind" => {
            Walk { before: Some("take this back"), ..by(alice, &[("turns", "1")], "The last turn is taken back") }
        }
        "fork" => {
            Walk { before: Some("go on elsewhere"), ..by(alice, &[], "A new thread goes on with this conversation:") }
        }
        "context" => by(alice, &[], "The next request to `claude"),
        "cost" => by(alice, &[], "The last turn cost $"),
        "export" => by(alice, &[], "This thread, as it is at the moment:"),
        "evidence" => by(bob, &[], "This thread as evidence."),
        "status" => by(alice, &[], "**Idle**"),
        "stop" => by(alice, &[], "Nothing runs in this thread."),
        "model" => by(alice, &[("model", "claude-sonnet-5-5")], "this thread uses `claude-sonnet-5-5`"),
        "effort" => by(alice, &[("effort", "low")], "the effort of this thread is `low`"),
        "verbosity" => by(alice, &[("verbosity", "quiet")], "this thread is quiet"),
        "plan" => by(alice, &[("mode", "off")], "Plan mode is off."),
        "client" => by(bob, &[("name", "contoso")], "about the client `contoso`"),
        "plugins" => by(alice, &[], "files 1.0.0 · built in"),
        "review" => by(bob, &[("name", "files")], "The review of this plugin"),
        "audit" => by(bob, &[("rows", "5")], "The audit is whole: "),
        "help" => by(alice, &[], "`/ask question [file]`"),
        other => panic!("`/{other}` stands in /help and is walked by no test"),
    }
}

async fn answered(world: &World, interaction: u64) -> Interaction {
    let found = |state: &State| Some(state.interactions[&interaction].clone()).filter(|it| it.answer.is_some());
    world.discord.wait_for("an answer to a command", PATIENCE, found).await
}

/// Says what it was told, and summarises where that is wanted.
fn answers(request: &RequestView) -> Step {
    if request.wants_summary() { Reply::new().summary("They greeted each other.").into() } else { echo(request) }
}

/// A company with a skill, and a model that says what it was told.
async fn world() -> World {
    let world = World::new(answers).await;
    let directory = world.places.path("repo/.claude/skills/ship");
    std::fs::create_dir_all(&directory).unwrap();
    let text =
        "---\ndescription: Ships a web.\nargument-hint: \"[web]\"\n---\nShip $0 with ${CLAUDE_SKILL_DIR}/go.sh.\n";
    std::fs::write(directory.join("SKILL.md"), text).unwrap();
    world
}

/// The lines of `/help` that list commands: the name, and the whole line.
async fn help(world: &World) -> Vec<(String, String)> {
    let help = world.discord.slash(&Person::alice(), GENERAL, "help", &[]);
    let help = answered(world, help).await;
    let texts = help.answer.into_iter().chain(help.follow_ups);
    let lines: Vec<String> = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let command = |line: &String| {
        let rest = line.strip_prefix("- `/")?;
        Some((rest.split([' ', '`']).next()?.to_owned(), line.clone()))
    };
    lines.iter().filter_map(command).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_help_does_what_it_says() {
    let world = world().await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.said(thread, "You said: hello").await;
    world.quiet().await;
    let commands = help(&world).await;
    let registered = world.discord.see(|state| state.commands.len());
    assert_eq!(registered, commands.len() + 1, "the table and one skill");
    for (name, _) in &commands {
        let Walk { person, options, answer, before, then } = walk(name);
        if let Some(before) = before {
            world.discord.says(&Person::alice(), thread, before);
            world.said(thread, &format!("You said: {before}")).await;
            world.quiet().await;
        }
        let typed = world.discord.slash(&person, thread, name, options);
        let Interaction { answer: said, .. } = answered(&world, typed).await;
        let said = said.unwrap();
        assert!(said.contains(answer), "`/{name}` answers {said:?}");
        println!("/{name} {options:?}\n{said}\n");
        if let Some(then) = then {
            world.said(thread, then).await;
            world.quiet().await;
        }
    }
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lacks_the_role_is_refused_and_audited() {
    let world = world().await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.said(thread, "You said: hello").await;
    let commands = help(&world).await;
    let mut asked = 0;
    for (name, line) in &commands {
        let typed = world.discord.slash(&Person::mallory(), thread, name, walk(name).options);
        let refused = answered(&world, typed).await;
        assert_eq!(refused.answer.as_deref(), Some("You have no role that may talk to me here; ask an administrator."));
        assert!(refused.ephemeral, "`/{name}`");
        asked += 1;
        if line.contains(" the role `") {
            let typed = world.discord.slash(&Person::alice(), thread, name, walk(name).options);
            let refused = answered(&world, typed).await;
            let why = refused.answer.unwrap_or_default();
            assert!(why.contains(" takes the role `") && refused.ephemeral, "`/{name}` answers {why:?}");
            asked += 1;
        }
    }
    let audit = world.discord.slash(&Person::bob(), thread, "audit", &[("rows", "100")]);
    assert!(answered(&world, audit).await.answer.unwrap().contains("The audit is whole: "));
    bot.kill();
    let ledger = claudetools_ledger::Ledger::open_read_only(&world.places.path("data")).await.unwrap();
    let rows = ledger.audit(0, 1000).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.kind == "refusal").count(), asked);
    world.discord.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_of_a_thread_is_for_whoever_asked_and_holds_what_was_said() {
    let world = world().await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.said(thread, "You said: hello").await;
    world.quiet().await;
    let typed = world.discord.slash(&Person::bob(), thread, "evidence", &[]);
    let found = |state: &State| Some(state.interactions[&typed].clone()).filter(|it| !it.files.is_empty());
    let given = world.discord.wait_for("the archive", PATIENCE, found).await;
    let (name, archive) = given.files.first().unwrap();
    let sound = claudetools_chat::verify(archive).unwrap();
    assert!(given.ephemeral && *name == format!("evidence-{thread}.zip"), "{name}");
    assert_eq!(sound.thread, format!("discord:{thread}"));
    assert!(given.answer.unwrap().contains(&sound.digest));
    world.end(bot);
}
