//! Commands against the fake Discord: what each answers, who is refused, and that none waits with its acknowledgement.

use std::time::Duration;

use claudetools_discord::Skill;
use claudetools_support::discord::{FORUM, GENERAL, Interaction, Person, RANDOM, Script, State};

use crate::world::{PATIENCE, World};

/// Waits for the answer to a command.
async fn answered(world: &World, interaction: u64) -> Interaction {
    let found = |state: &State| Some(state.interactions[&interaction].clone()).filter(|it| it.answer.is_some());
    world.discord.wait_for("an answer to a command", PATIENCE, found).await
}

/// What the person alone is told.
async fn alone(world: &World, interaction: u64) -> String {
    let Interaction { answer, ephemeral, .. } = answered(world, interaction).await;
    assert!(ephemeral, "others see it: {answer:?}");
    answer.unwrap()
}

/// What everybody in the thread is told.
async fn to_all(world: &World, interaction: u64) -> String {
    let Interaction { answer, ephemeral, .. } = answered(world, interaction).await;
    assert!(!ephemeral, "nobody else sees it: {answer:?}");
    answer.unwrap()
}

/// A thread in which something was said.
async fn thread(world: &World) -> u64 {
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.said(asked, "You said: hello").await;
    world.quiet().await;
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_in_a_thread_is_shown_to_one_and_changed_for_all() {
    let world = World::new().await;
    let bot = world.bot().await;
    let thread = thread(&world).await;
    let alice = Person::alice();
    let show = |name: &str| world.discord.slash(&alice, thread, name, &[]);
    let set = |name: &str, option: &str, value: &str| world.discord.slash(&alice, thread, name, &[(option, value)]);
    insta::assert_snapshot!(alone(&world, show("model")).await, @"This thread uses `claude-opus-5-5`.");
    insta::assert_snapshot!(to_all(&world, set("model", "model", "claude-opus-5-5")).await, @"From the next request on this thread uses `claude-opus-5-5`.");
    insta::assert_snapshot!(alone(&world, set("model", "model", "gpt")).await, @"There is no model `gpt`; choose one of claude-opus-5-5, claude-sonnet-5-5, claude-haiku-5-5, claude-fable-5-1.");
    insta::assert_snapshot!(alone(&world, show("effort")).await, @"The effort of this thread is `medium`.");
    insta::assert_snapshot!(to_all(&world, set("effort", "effort", "high")).await, @"From the next request on the effort of this thread is `high`.");
    insta::assert_snapshot!(alone(&world, show("verbosity")).await, @"This thread is normal: a line for each tool call.");
    insta::assert_snapshot!(to_all(&world, set("verbosity", "verbosity", "quiet")).await, @"From the next turn on this thread is quiet.");
    insta::assert_snapshot!(alone(&world, show("plan")).await, @"Plan mode is off.");
    insta::assert_snapshot!(to_all(&world, set("plan", "mode", "on")).await, @"Plan mode is on: nothing is changed before a plan is approved.");
    insta::assert_snapshot!(to_all(&world, set("plan", "mode", "off")).await, @"Plan mode is off.");
    insta::assert_snapshot!(alone(&world, show("stop")).await, @"Nothing runs in this thread.");
    insta::assert_snapshot!(alone(&world, show("status")).await, @r"
    💤 **Idle**
    -# Opus 5.5, effort high · acts as `tech` · $0.01 · context 1 %
    ");
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_bound_by_a_lead_or_an_administrator_only() {
    let world = World::new().await;
    let bot = world.bot().await;
    let thread = thread(&world).await;
    let (alice, bob) = (Person::alice(), Person::bob());
    let client = |person: &Person, name: &str| world.discord.slash(person, thread, "client", &[("name", name)]);
    insta::assert_snapshot!(alone(&world, client(&alice, "contoso")).await, @"`/client name` takes the role `lead` or `admin`; ask an administrator.");
    insta::assert_snapshot!(alone(&world, world.discord.slash(&alice, thread, "client", &[])).await, @"This thread is about no client.");
    insta::assert_snapshot!(to_all(&world, client(&bob, "contoso")).await, @"This thread is about the client `contoso`.");
    insta::assert_snapshot!(alone(&world, client(&bob, "Contoso Ltd")).await, @"A client's name is a lower-case letter, then up to 63 of a-z, 0-9 and `-`.");
    insta::assert_snapshot!(to_all(&world, client(&bob, "none")).await, @"This thread is about no client.");
    let audit = world.discord.slash(&bob, thread, "audit", &[("rows", "3")]);
    let audit = alone(&world, audit).await;
    assert!(audit.contains(r#"{"setting":"client","value":"contoso"}"#), "{audit}");
    bot.stop().await.unwrap();
    let refused = world.ledger().await.audit(0, 100).await.unwrap();
    let refused: Vec<&str> =
        refused.iter().filter(|row| row.kind == "refusal").map(|row| row.detail.as_str()).collect();
    insta::assert_snapshot!(refused.join("\n"), @r#"{"why":"`/client name` takes the role `lead` or `admin`; ask an administrator.","wish":"`/client`"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_begins_a_thread_as_a_mention_does() {
    let world = World::new().await;
    let bot = world.bot().await;
    let alice = Person::alice();
    let file = ("file", ("notes.txt", "text/plain", &b"alpha"[..]));
    let asked = world.discord.slash_with_file(&alice, GENERAL, "ask", &[("question", "what is **in** it?")], file);
    let answer = alone(&world, asked).await;
    let thread = world.discord.see(|state| state.by_bot(GENERAL).next().map(|message| message.id)).unwrap();
    assert_eq!(answer, format!("I work on it:\n- <#{thread}>"));
    insta::assert_snapshot!(world.discord.see(|state| state.transcript(GENERAL)), @r"
    claude: alice asks: what is **in** it?
    *With a file:* `notes.txt`
    ");
    assert_eq!(world.discord.see(|state| state.channels[&thread].name.clone()), "what is in it?");
    let said = world.said(thread, "You said: what is **in** it?").await;
    assert_eq!(said.pinged, [alice.id], "whoever asked is told");
    let requests = world.model.requests();
    assert!(format!("{:?}", requests[0].messages()).contains("alpha"), "the file came with it");
    let more = world.discord.slash(&alice, thread, "ask", &[("question", "and then?")]);
    insta::assert_snapshot!(alone(&world, more).await, @"I work on it.");
    world.said(thread, "You said: and then?").await;
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_from_elsewhere_is_answered_with_one_sentence() {
    let world = World::new().await;
    let bot = world.bot().await;
    let alice = Person::alice();
    let slash = |person: &Person, name: &str| world.discord.slash(person, GENERAL, name, &[]);
    insta::assert_snapshot!(alone(&world, slash(&Person::mallory(), "help")).await, @"You have no role that may talk to me here; ask an administrator.");
    insta::assert_snapshot!(alone(&world, slash(&alice, "approve")).await, @"I do not know this command; `/help` lists those that I know.");
    insta::assert_snapshot!(alone(&world, slash(&alice, "status")).await, @"There is no conversation of mine here; use this in one of my threads, or begin one with `/ask`.");
    insta::assert_snapshot!(alone(&world, slash(&alice, "audit")).await, @"`/audit` takes the role `admin`; ask an administrator.");
    insta::assert_snapshot!(alone(&world, slash(&alice, "review")).await, @"`/review` takes the role `reviewer` or `admin`; ask an administrator.");
    let forged = world.discord.slash(&alice, GENERAL, "help", &[("as", "admin")]);
    insta::assert_snapshot!(alone(&world, forged).await, @"`/help` has no such option.");
    insta::assert_snapshot!(alone(&world, world.discord.slash_from(&alice, None, 99, "help")).await, @"I do not work here.");
    let theirs = world.discord.opens_thread(&alice, GENERAL, "ours");
    insta::assert_snapshot!(alone(&world, world.discord.slash(&alice, theirs, "stop", &[])).await, @"There is no conversation of mine here; use this in one of my threads, or begin one with `/ask`.");
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_behind_the_conversation_is_shown() {
    let world = World::new().await;
    let bot = world.bot().await;
    let bob = Person::bob();
    let slash = |name: &str, options: &[(&str, &str)]| world.discord.slash(&bob, GENERAL, name, options);
    insta::assert_snapshot!(alone(&world, slash("plugins", &[])).await, @r"
    ```
    files 1.0.0 · built in · Read, Write
    ```
    ");
    let review = answered(&world, slash("review", &[("name", "files")])).await;
    insta::assert_snapshot!(review.answer.unwrap_or_default(), @"The review of this plugin, as it is at the moment:");
    let id = review.id;
    let file = |state: &State| state.interactions[&id].files.first().cloned();
    let (name, bytes) = world.discord.wait_for("the review", PATIENCE, file).await;
    assert_eq!(
        (name.as_str(), String::from_utf8(bytes).unwrap().as_str()),
        ("review.md", "# files\n\nIt asks for little.\n")
    );
    insta::assert_snapshot!(alone(&world, slash("review", &[("name", "nothing")])).await, @"There is no plugin of this name; `/plugins` lists them.");
    let audit = alone(&world, slash("audit", &[("plugin", "files")])).await;
    assert!(audit.starts_with("There are no rows.") && audit.contains("The audit is whole: "), "{audit}");
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_come_from_memory_and_only_to_those_with_a_role() {
    let world = World::new().await;
    let bot = world.bot().await;
    let suggested = async |person: &Person, command: &str, option: &str, begun: &str| {
        let typing = world.discord.types(person, GENERAL, command, option, begun);
        let found = |state: &State| state.interactions[&typing].suggested.clone();
        world.discord.wait_for("suggestions", PATIENCE, found).await
    };
    let (alice, bob) = (Person::alice(), Person::bob());
    assert_eq!(suggested(&alice, "model", "model", "OPUS").await, ["claude-opus-5-5"]);
    assert_eq!(suggested(&bob, "client", "name", "").await, ["contoso", "fabrikam"]);
    assert_eq!(suggested(&bob, "review", "name", "fi").await, ["files"]);
    assert!(suggested(&alice, "ask", "question", "x").await.is_empty());
    assert!(suggested(&alice, "review", "name", "").await.is_empty(), "the command is not for technicians");
    assert!(suggested(&Person::mallory(), "model", "model", "").await.is_empty());
    bot.stop().await.unwrap();
}

/// The fake counts every acknowledgement after three seconds as a problem.
#[tokio::test(flavor = "multi_thread")]
async fn the_acknowledgement_is_in_time_in_a_storm_of_limits() {
    let world = World::new().await;
    let bot = world.bot().await;
    let alice = Person::alice();
    let wait = Script::TooManyGlobal(Duration::from_secs(5));
    world.discord.fail_next("POST /channels/{channel_id}/messages", wait, 1);
    let asked = world.discord.slash(&alice, GENERAL, "ask", &[("question", "hello")]);
    let limited = |state: &State| state.calls.iter().any(|(_, status)| *status == 429).then_some(());
    world.discord.wait_for("the storm", PATIENCE, limited).await;
    for _ in 0..20 {
        let help = world.discord.slash(&alice, GENERAL, "help", &[]);
        let done = |state: &State| state.interactions[&help].answer.clone();
        world.discord.wait_for("help", Duration::from_secs(3), done).await;
    }
    assert!(world.discord.see(|state| state.interactions[&asked].answer.is_none()), "the storm was over too soon");
    assert!(alone(&world, asked).await.contains("I work on it"));
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_late_for_its_token_is_told_in_the_thread() {
    let world = World::new().await;
    let bot = world.bot().await;
    let alice = Person::alice();
    let wait = Script::TooMany(Duration::from_secs(2));
    world.discord.fail_next("POST /channels/{channel_id}/messages", wait, 1);
    let asked = world.discord.slash(&alice, GENERAL, "ask", &[("question", "hello")]);
    world.discord.expire(asked);
    let told = world.said(GENERAL, "I work on it").await;
    let thread = world.discord.see(|state| state.by_bot(GENERAL).next().map(|message| message.id)).unwrap();
    assert_eq!(told.content, format!("<@{}> I work on it:\n- <#{thread}>", alice.id));
    assert_eq!(told.pinged, [alice.id]);
    world.said(thread, "You said: hello").await;
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_one_person_stays_so_when_it_is_late() {
    let world = World::new().await;
    let bot = world.bot().await;
    let bob = Person::bob();
    world.discord.fail_next(
        "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
        Script::TooMany(Duration::from_secs(1)),
        1,
    );
    let audit = world.discord.slash(&bob, GENERAL, "audit", &[("plugin", "files")]);
    world.discord.expire(audit);
    let told = world.said(GENERAL, "longer than the 15 minutes").await;
    insta::assert_snapshot!(told.content.replace(&bob.id.to_string(), "bob"), @r"
    <@bob>
    `/audit` took longer than the 15 minutes in which Discord shows an answer to you alone; use it again.
    ");
    bot.stop().await.unwrap();
}

fn skill(name: &str) -> Skill {
    Skill { name: name.to_owned(), about: format!("Does {name}."), hint: Some("[host]".to_owned()) }
}

/// Waits until these commands are there, and these are not.
async fn registered(world: &World, there: &[&str], gone: &[&str]) {
    let named = |state: &State, name: &&str| state.commands.iter().any(|command| command["name"] == **name);
    let found = |state: &State| {
        (there.iter().all(|name| named(state, name)) && !gone.iter().any(|name| named(state, name))).then_some(())
    };
    world.discord.wait_for("commands", PATIENCE, found).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_are_commands_that_follow_the_repository() {
    let world = World::new().await;
    *world.skills.lock().unwrap() = vec![skill("ship"), skill("web:deploy"), skill("gone")];
    let bot = world.bot().await;
    registered(&world, &["ask", "ship", "gone"], &["web:deploy"]).await;
    let alice = Person::alice();
    let ship = world.discord.slash(&alice, GENERAL, "ship", &[("arguments", "web **now**")]);
    assert!(alone(&world, ship).await.starts_with("I work on it:"));
    let shown = world.discord.see(|state| state.by_bot(GENERAL).next().cloned()).unwrap();
    insta::assert_snapshot!(world.discord.see(|state| state.transcript(GENERAL)), @"claude: alice starts a skill: /ship web **now** [file message.md, 54 bytes]");
    let model_reads = "/ship web **now**\n\nDo what ship does with web **now**.";
    assert_eq!(String::from_utf8_lossy(&shown.uploads[0].data), model_reads, "what is shown is what the model reads");
    world.said(shown.id, "You said: Do what ship does with web **now**.").await;
    world.quiet().await;
    assert!(world.model.requests()[0].last_user_text().contains(model_reads));
    let nested = world.discord.slash(&alice, shown.id, "skill", &[("name", "web:deploy")]);
    insta::assert_snapshot!(alone(&world, nested).await, @"I work on it.");
    world.said(shown.id, "You said: Do what web:deploy does").await;
    insta::assert_snapshot!(alone(&world, world.discord.slash(&alice, GENERAL, "gone", &[])).await, @"There is no such skill in the repository any more.");
    *world.skills.lock().unwrap() = vec![skill("land")];
    registered(&world, &["ask", "land"], &["ship"]).await;
    assert_eq!(world.discord.see(|state| state.command_writes), 2);
    let unknown = world.discord.slash(&alice, GENERAL, "skill", &[("name", "ship")]);
    insta::assert_snapshot!(alone(&world, unknown).await, @"There is no skill of this name; `/skill` suggests those that there are.");
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_finds_and_wakes_their_threads() {
    let world = World::new().await;
    let bot = world.bot().await;
    let (alice, bob) = (Person::alice(), Person::bob());
    let first = thread(&world).await;
    let theirs = world.discord.says(&bob, RANDOM, "@claude hello from bob");
    world.said(theirs, "You said: hello from bob").await;
    let second = world.discord.says(&alice, GENERAL, "@claude the **second** one");
    world.said(second, "You said: the **second** one").await;
    world.quiet().await;
    let resume = |person: &Person, options: &[(&str, &str)]| world.discord.slash(person, GENERAL, "resume", options);
    let listed = alone(&world, resume(&alice, &[])).await;
    let day = listed.rsplit(' ').next().unwrap_or_default().to_owned();
    let listed = listed.replace(&day, "2026-11-29");
    insta::assert_snapshot!(listed.replace(&first.to_string(), "1").replace(&second.to_string(), "2"), @r"
    Your threads, the newest first; `/resume` with one of them wakes it:
    - <#2> the second one · idle · last on 2026-11-29
    - <#1> hello · idle · last on 2026-11-29
    ");
    world.discord.archive(first, false);
    let woken = alone(&world, resume(&alice, &[("thread", &first.to_string())])).await;
    insta::assert_snapshot!(woken.replace(&first.to_string(), "1"), @r"
    It is awake; write there to go on:
    - <#1> hello
    ");
    assert!(!world.discord.see(|state| state.channels[&first].archived));
    insta::assert_snapshot!(alone(&world, resume(&alice, &[("thread", &theirs.to_string())])).await, @"That is none of your threads; `/resume` lists them.");
    world.discord.delete_thread(second);
    insta::assert_snapshot!(alone(&world, resume(&alice, &[("thread", &second.to_string())])).await, @"Discord does not have that thread any more.");
    // What is in memory is read anew behind each suggestion.
    let suggested = async {
        loop {
            let typing = world.discord.types(&alice, GENERAL, "resume", "thread", "SECOND");
            let found = |state: &State| state.interactions[&typing].suggested.clone();
            let suggested = world.discord.wait_for("suggestions", PATIENCE, found).await;
            if !suggested.is_empty() {
                return suggested;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, suggested).await.unwrap(), ["the second one"]);
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_is_exported_to_one_person_as_two_files() {
    let world = World::new().await;
    let bot = world.bot().await;
    let thread = thread(&world).await;
    let export = world.discord.slash(&Person::alice(), thread, "export", &[]);
    insta::assert_snapshot!(alone(&world, export).await, @"This thread, as it is at the moment:");
    let files = |state: &State| Some(state.interactions[&export].files.clone()).filter(|files| files.len() == 2);
    let files = world.discord.wait_for("two files", PATIENCE, files).await;
    let names: Vec<String> = files.iter().map(|(name, _)| name.replace(&thread.to_string(), "1")).collect();
    assert_eq!(names, ["thread-1.md", "thread-1.json"]);
    assert!(files.iter().all(|(_, bytes)| String::from_utf8_lossy(bytes).contains("You said: hello")));
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_taken_back_cleared_and_forked_for_all_to_see() {
    let world = World::new().await;
    let bot = world.bot().await;
    let thread = thread(&world).await;
    let alice = Person::alice();
    let slash = |name: &str, options: &[(&str, &str)]| world.discord.slash(&alice, thread, name, options);
    insta::assert_snapshot!(alone(&world, slash("rewind", &[("turns", "7")])).await, @"Only the last turn can be taken back; nothing before it can.");
    let forked = to_all(&world, slash("fork", &[])).await;
    let fork = world.discord.see(|state| state.by_bot(GENERAL).last().map(|message| message.id)).unwrap();
    insta::assert_snapshot!(forked.replace(&fork.to_string(), "2"), @r"
    A new thread goes on with this conversation:
    - <#2>
    ");
    insta::assert_snapshot!(world.discord.see(|state| state.transcript(GENERAL)).replace(&thread.to_string(), "1"), @r"
    alice: <@1100000000000000020> hello
    claude: alice goes on here with a conversation:
    - <#1>
    ");
    world.discord.says(&alice, fork, "and here?");
    world.said(fork, "You said: and here?").await;
    let requests = world.model.requests();
    let last = format!("{:?}", requests.last().unwrap().messages());
    assert!(last.contains("You said: hello"), "the fork knows what was said: {last}");
    world.quiet().await;
    insta::assert_snapshot!(to_all(&world, slash("rewind", &[])).await, @"The last turn is taken back: I no longer know of it.");
    insta::assert_snapshot!(to_all(&world, slash("clear", &[])).await, @"The conversation begins anew here: I no longer know what was said above. Files stay as they are.");
    let context = alone(&world, slash("context", &[])).await;
    assert!(context.starts_with("The next request to `claude-opus-5-5` has "), "{context}");
    let cost = alone(&world, slash("cost", &[])).await;
    assert!(cost.starts_with("The last turn cost $"), "{cost}");
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_of_a_forum_is_forked_into_another_post() {
    let world = World::new().await;
    let bot = world.bot().await;
    let post = world.discord.posts(&Person::alice(), FORUM, "The printer", "@claude why is it on fire?");
    world.said(post, "You said: why is it on fire?").await;
    world.quiet().await;
    to_all(&world, world.discord.slash(&Person::alice(), post, "fork", &[])).await;
    let found =
        |state: &State| state.channels.values().find(|one| one.parent == Some(FORUM) && one.id != post).cloned();
    let fork = world.discord.see(found).unwrap();
    insta::assert_snapshot!(fork.name, @"why is it on fire?");
    world.discord.says(&Person::alice(), fork.id, "and here?");
    world.said(fork.id, "You said: and here?").await;
    let last = format!("{:?}", world.model.requests().last().unwrap().messages());
    assert!(last.contains("on fire"), "the fork knows what was said: {last}");
    bot.stop().await.unwrap();
}
