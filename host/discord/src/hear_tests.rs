use serde_json::json;

use super::*;

const ME: u64 = 20;

fn message(text: &str) -> Heard {
    Heard { id: 1, channel: 2, guild: Some(3), author: 41, text: text.to_owned(), ..Heard::default() }
}

fn verdicts(heard: &Heard) -> [Verdict; 3] {
    [Place::Channel, Place::OwnThread, Place::OtherThread].map(|place| judge(heard, place, ME))
}

#[test]
fn a_mention_opens_a_thread_or_joins_one() {
    use Verdict::{Joins, Opens};
    assert_eq!(verdicts(&message("<@20> hello")), [Opens, Joins, Joins]);
    assert_eq!(verdicts(&message("hello <@!20>")), [Opens, Joins, Joins]);
}

#[test]
fn only_a_thread_of_the_bot_hears_plain_messages() {
    let unheard = Verdict::Ignored(Why::NotMentioned);
    assert_eq!(verdicts(&message("hello")), [unheard, Verdict::Joins, unheard]);
    let to_others = judge(&message("<@42> look at this"), Place::OwnThread, ME);
    assert_eq!(to_others, Verdict::Ignored(Why::ToOthers));
    assert_eq!(judge(&message("<@42> <@20> look"), Place::OwnThread, ME), Verdict::Joins);
}

#[test]
fn what_is_not_addressed_to_the_bot_is_ignored_in_a_channel() {
    for text in ["@everyone look", "@here", "<@&20> the role", "<@200> somebody else", "<#20> a channel", "@claude", ""]
    {
        let verdict = judge(&message(text), Place::Channel, ME);
        assert_eq!(verdict, Verdict::Ignored(Why::NotMentioned), "{text}");
    }
}

#[test]
fn what_does_not_come_from_a_person_as_it_was_said_is_ignored_everywhere() {
    let said = message("<@20> hello");
    let table = [
        (Heard { by: Author::Program, ..said.clone() }, Why::Program),
        (Heard { author: ME, ..said.clone() }, Why::Program),
        (Heard { special: true, ..said.clone() }, Why::Special),
        (Heard { forwarded: true, ..said.clone() }, Why::Forwarded),
        (Heard { edited: true, ..said.clone() }, Why::Edited),
    ];
    for (heard, why) in table {
        assert_eq!(verdicts(&heard), [Verdict::Ignored(why); 3], "{why:?}");
    }
    assert_eq!(judge(&said, Place::Elsewhere, ME), Verdict::Ignored(Why::Elsewhere));
}

#[test]
fn a_direct_message_of_a_person_is_astray() {
    let said = message("hello");
    assert_eq!(judge(&said, Place::Direct, ME), Verdict::Astray);
    let by_program = Heard { by: Author::Program, ..said };
    assert_eq!(judge(&by_program, Place::Direct, ME), Verdict::Ignored(Why::Program));
}

#[test]
fn a_mention_alone_says_nothing_unless_a_file_comes_with_it() {
    assert_eq!(verdicts(&message(" <@20> ")), [Verdict::Empty; 3]);
    let with_file = Heard { files: vec![Remote::default()], ..message("<@20>") };
    assert_eq!(judge(&with_file, Place::Channel, ME), Verdict::Opens);
}

#[test]
fn a_listed_message_is_read_leniently() {
    let listed = json!({
        "id": 1, "channel_id": "2", "guild_id": null, "author": {"id": "41", "username": "alice", "bot": null},
        "content": "<@20> hello", "edited_timestamp": null, "type": 0, "webhook_id": null, "attachments": null,
        "message_reference": null,
    });
    let expected = Heard { guild: None, author_name: "alice".to_owned(), ..message("<@20> hello") };
    assert_eq!(Heard::listed(&listed).unwrap(), expected);
    assert_eq!(Heard::listed(&json!({"id": "1"})), None);
}

#[test]
fn listed_and_dispatched_messages_are_judged_alike() {
    let base = json!({
        "id": "1", "channel_id": "2", "author": {"id": "41", "username": "alice", "discriminator": "0"},
        "content": "<@20> hello", "timestamp": "2026-11-22T10:00:00Z", "edited_timestamp": null, "tts": false,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "pinned": false, "type": 0,
    });
    let with = |key: &str, value: serde_json::Value| {
        let mut changed = base.clone();
        changed[key] = value;
        changed
    };
    let snapshot = json!({"message": {
        "content": "x", "timestamp": "2026-11-22T10:00:00Z", "edited_timestamp": null, "mentions": [],
        "mention_roles": [], "attachments": [], "embeds": [], "type": 0,
    }});
    let table = [
        (base.clone(), Verdict::Opens),
        (with("type", json!(19)), Verdict::Opens),
        (with("type", json!(6)), Verdict::Ignored(Why::Special)),
        (with("webhook_id", json!("77")), Verdict::Ignored(Why::Program)),
        (with("edited_timestamp", json!("2026-11-22T10:01:00Z")), Verdict::Ignored(Why::Edited)),
        (with("message_snapshots", json!([snapshot])), Verdict::Ignored(Why::Forwarded)),
        (with("message_reference", json!({"type": 1, "channel_id": "6"})), Verdict::Ignored(Why::Forwarded)),
    ];
    for (json, verdict) in table {
        let dispatched: Message = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(judge(&Heard::from(&dispatched), Place::Channel, ME), verdict, "dispatched {json}");
        assert_eq!(judge(&Heard::listed(&json).unwrap(), Place::Channel, ME), verdict, "listed {json}");
    }
}
