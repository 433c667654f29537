use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::client::sse::Decoder;
use crate::turn::FailureKind;

/// What a stream brings when it arrives in pieces of this many bytes, and how it fails.
fn replay(stream: &[u8], piece: usize) -> (Vec<Streamed>, Option<ModelFailure>) {
    let (mut decoder, mut assembly) = (Decoder::default(), Assembly::new("asked-model", "req_1"));
    let (mut events, mut out) = (VecDeque::new(), VecDeque::new());
    for piece in stream.chunks(piece.max(1)) {
        decoder.push(piece, &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    let failure = events.iter().find_map(|event| assembly.event(event, &mut out, None).err());
    (out.into(), failure)
}

fn shown((items, failure): (Vec<Streamed>, Option<ModelFailure>)) -> String {
    let line = |item: &Streamed| match item {
        Streamed::Text(text) => format!("text  {text:?}"),
        Streamed::Note(note) => format!("note  {note:?}"),
        Streamed::Block(block) => format!("block {}", block.json()),
        Streamed::Done { model, stop_reason, usage, request, cost, details } => {
            let Usage { input, cache_write_5m, cache_write_1h, cache_read, output } = usage;
            let cost = cost.map(|cost| cost.0);
            format!(
                "done  {model} {stop_reason} {details:?} {request}\n      in {input}, 5m {cache_write_5m}, \
                 1h {cache_write_1h}, read {cache_read}, out {output}, micro-usd {cost:?}"
            )
        }
    };
    let failure = failure.map(|failure| format!("{:?} {}", failure.kind, failure.message));
    items.iter().map(line).chain(failure).collect::<Vec<_>>().join("\n")
}

use crate::models::Usage;

#[test]
fn tools_and_notes_come_in_order_and_inputs_keep_their_text() {
    insta::assert_snapshot!(shown(replay(include_bytes!("../../../tests/recordings/tools_and_notes.sse"), 7)), @r#"
    block {"type":"thinking","thinking":"","signature":"c2ln"}
    text  "Let me look – "
    text  "ein Moment, 日本 👀."
    block {"type":"text","text":"Let me look – ein Moment, 日本 👀."}
    note  "Reading the config"
    block {"type":"thinking","thinking":"Reading the config","signature":"bm90ZQ=="}
    block {"type":"tool_use","id":"toolu_1","name":"Read","caller":{"type":"direct"},"input":{"file_path": "/repo/a.toml", "limit": 1.50}}
    block {"type":"tool_use","id":"toolu_2","name":"LS","input":{}}
    done  claude-opus-5-5 tool_use None req_1
          in 25, 5m 100, 1h 200, read 9000, out 89, micro-usd Some(5780)
    "#);
}

#[test]
fn unknown_blocks_are_kept_byte_for_byte_and_everything_else_unknown_is_skipped() {
    insta::assert_snapshot!(shown(replay(include_bytes!("../../../tests/recordings/unknown_things.sse"), 4096)), @r#"
    block {"type":"hologram",  "depth": 1e400, "parts":[1, 2]}
    block {"type":"redacted_thinking","data":"b3BhcXVl"}
    block {"type":"fallback","from":{"model":"claude-opus-5-5"},"to":{"model":"claude-opus-4-8"}}
    text  "It rains"
    block {"type":"text","text":"It rains","citations":[{"type":"char_location","cited_text":"rain"}]}
    done  claude-opus-4-8 weather_changed None req_1
          in 5, 5m 0, 1h 0, read 0, out 7, micro-usd Some(9700)
    "#);
}

#[test]
fn a_small_server_may_leave_out_nearly_everything() {
    insta::assert_snapshot!(shown(replay(include_bytes!("../../../tests/recordings/small_server.sse"), 4096)), @r#"
    note  "Hm."
    block {"type":"thinking","thinking":"Hm."}
    text  "Sure"
    text  "."
    block {"type":"text","text":"Sure."}
    block {"type":"tool_use","id":"call_0","name":"Grep","input":{"pattern":"x"}}
    done  asked-model end_turn None req_1
          in 3, 5m 0, 1h 0, read 0, out 4, micro-usd None
    "#);
}

fn stream(events: &[&str]) -> Vec<u8> {
    events.iter().map(|event| format!("data: {event}\r\n\r\n")).collect::<String>().into_bytes()
}

const CALL: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"Write","input":{}}}"#;
const HALF: &str =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#;
const STOP: &str = r#"{"type":"content_block_stop","index":0}"#;
const END: &str = r#"{"type":"message_stop"}"#;

fn stopped_by(reason: &str) -> String {
    format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}"}}}}"#)
}

#[test]
fn a_call_is_never_made_of_half_its_input() {
    let half = |events: &[&str]| shown(replay(&stream(events), 4096));
    insta::assert_snapshot!(half(&[CALL, HALF]), @"");
    insta::assert_snapshot!(half(&[CALL, HALF, STOP, &stopped_by("tool_use"), END]), @"Cut The model's tool call was incomplete");
    insta::assert_snapshot!(half(&[CALL, HALF, &stopped_by("tool_use"), END]), @"Cut The model's tool call was incomplete");
    insta::assert_snapshot!(half(&[CALL, HALF, STOP, &stopped_by("max_tokens"), END]), @r"
    done  asked-model max_tokens None req_1
          in 0, 5m 0, 1h 0, read 0, out 0, micro-usd None
    ");
}

#[test]
fn a_call_whose_input_is_no_object_is_no_call() {
    let list = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"[1]"}}"#;
    insta::assert_snapshot!(
        shown(replay(&stream(&[CALL, list, STOP, END]), 4096)),
        @"Cut The model's tool call was incomplete"
    );
}

#[test]
fn an_error_in_the_middle_of_a_reply_is_an_error() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let text = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hel"}}"#;
    insta::assert_snapshot!(shown(replay(&stream(&[text, error]), 4096)), @r#"
    text  "Hel"
    Transient The model is overloaded (529, request req_1)
    "#);
}

#[test]
fn interleaved_blocks_are_handed_out_in_the_order_they_began() {
    let start = |index: u64| {
        format!(
            r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"text","text":"{index}"}}}}"#
        )
    };
    let stop = |index: u64| format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
    let events = [start(0), start(1), stop(1), stop(0), END.to_owned()];
    let (items, _) = replay(&stream(&events.each_ref().map(String::as_str)), 4096);
    let blocks: Vec<_> = items.iter().filter(|item| matches!(item, Streamed::Block(_))).collect();
    assert_eq!(blocks, ["0", "1"].map(crate::message::RawBlock::text).map(Streamed::Block).iter().collect::<Vec<_>>());
}

#[test]
fn a_server_cannot_fill_the_memory() {
    let block = r#"{"type":"content_block_start","content_block":{"type":"text","text":"x"}}"#;
    let stop = r#"{"type":"content_block_stop"}"#;
    let (_, failure) = replay(&stream(&[block, stop].repeat(2 * MOST_BLOCKS)), 1 << 16);
    assert_eq!(failure.map(|failure| failure.kind), Some(FailureKind::Final));
    let piece = "x".repeat(1 << 20);
    let delta = format!(r#"{{"type":"content_block_delta","delta":{{"type":"text_delta","text":"{piece}"}}}}"#);
    let (_, failure) = replay(&stream(&[vec![block], vec![delta.as_str(); 9]].concat()), 1 << 16);
    assert_eq!(failure.map(|failure| failure.kind), Some(FailureKind::Final));
}

/// The recordings of the public SDKs, which stand beside the workspace where the project is developed.
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/anthropic");

/// `None`, and says so, where the folder is not there: the recordings above test the same code then.
fn fixture(name: &str) -> Option<String> {
    let path = Path::new(FIXTURES).join(name);
    if !Path::new(FIXTURES).is_dir() {
        eprintln!("{FIXTURES} is not there: only the recordings in tests/recordings are replayed");
        return None;
    }
    Some(shown(replay(&std::fs::read(path).unwrap(), 5)))
}

#[test]
fn the_public_recordings_parse_to_what_they_say() {
    let Some(basic) = fixture("basic_response.txt") else {
        return;
    };
    insta::assert_snapshot!(basic, @r#"
    text  "Hello"
    text  " there"
    text  "!"
    block {"type":"text","text":"Hello there!"}
    done  claude-3-opus-latest end_turn None req_1
          in 11, 5m 0, 1h 0, read 0, out 6, micro-usd None
    "#);
    insta::assert_snapshot!(fixture("tool_use_response.txt").unwrap(), @r#"
    text  "I"
    text  "'ll check the current weather in Paris for you."
    block {"type":"text","text":"I'll check the current weather in Paris for you."}
    block {"type":"tool_use","id":"toolu_01NRLabsLyVHZPKxbKvkfSMn","name":"get_weather","caller":{"type":"direct"},"input":{"location": "Paris"}}
    done  claude-sonnet-4-20250514 tool_use None req_1
          in 377, 5m 0, 1h 0, read 0, out 65, micro-usd None
    "#);
    insta::assert_snapshot!(fixture("refusal_response.txt").unwrap(), @r#"
    block {"type":"text","text":""}
    done  claude-opus-4-7 refusal Some("cyber: This request was refused due to policy.") req_1
          in 20, 5m 0, 1h 0, read 0, out 0, micro-usd Some(100)
    "#);
    insta::assert_snapshot!(fixture("incomplete_partial_json_response.txt").unwrap(), @r#"
    text  "I"
    text  "'ll create a comprehensive tax guide for"
    text  " someone with multiple W2s an"
    text  "d save it in a file called taxes.txt. Let"
    text  " me do that for you now."
    block {"type":"text","text":"I'll create a comprehensive tax guide for someone with multiple W2s and save it in a file called taxes.txt. Let me do that for you now."}
    done  claude-3-7-sonnet-20250219 max_tokens None req_1
          in 450, 5m 0, 1h 0, read 0, out 124, micro-usd None
    "#);
}

proptest! {
    #[test]
    fn no_sequence_of_events_panics_or_ends_twice(
        picks in prop::collection::vec((0_usize..12, 0_u64..3, "[{}\\[\\]\":a, ]{0,6}"), 0..30),
    ) {
        let events: Vec<_> = picks.iter().map(|(pick, index, words)| event(*pick, *index, words)).collect();
        let (items, _) = replay(&stream(&events.iter().map(String::as_str).collect::<Vec<_>>()), 64);
        let done = items.iter().filter(|item| matches!(item, Streamed::Done { .. })).count();
        prop_assert!(done <= 1);
        for item in &items {
            if let Streamed::Block(block) = item {
                let value: Value = serde_json::from_str(block.json()).unwrap();
                prop_assert!(value["type"] != "tool_use" || value["input"].is_object());
            }
        }
    }
}

fn event(pick: usize, index: u64, words: &str) -> String {
    let words = serde_json::to_string(words).unwrap();
    let start = |block: &str| format!(r#"{{"type":"content_block_start","index":{index},"content_block":{block}}}"#);
    let delta = |delta: &str| format!(r#"{{"type":"content_block_delta","index":{index},"delta":{delta}}}"#);
    match pick {
        0 => start(&format!(r#"{{"type":"text","text":{words}}}"#)),
        1 => start(r#"{"type":"tool_use","id":"a","name":"b","input":{}}"#),
        2 => start(&format!(r#"{{"type":"tool_use","input":{words}}}"#)),
        3 => start(r#"{"type":"thinking"}"#),
        4 => delta(&format!(r#"{{"type":"text_delta","text":{words}}}"#)),
        5 | 6 => delta(&format!(r#"{{"type":"input_json_delta","partial_json":{words}}}"#)),
        7 => delta(r#"{"type":"input_json_delta","partial_json":"{}"}"#),
        8 => format!(r#"{{"type":"content_block_stop","index":{index}}}"#),
        9 => format!(r#"{{"type":"message_delta","delta":{{"stop_reason":{words}}},"usage":{words}}}"#),
        10 => r#"{"type":"message_stop"}"#.to_owned(),
        _ => format!(r#"{{"type":"message_start","message":{{"model":{words}}}}}"#),
    }
}
