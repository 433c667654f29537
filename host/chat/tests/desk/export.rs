//! A thread's transcript, as people and programs get it.

use claudetools_chat::{Export, Mention};
use serde_json::Value;

use crate::support::{Desk, SECRET, Script, mention, text, thread, tool_use};

/// The export, with the times of this run made the same in its Markdown.
fn settled(export: &Export) -> (String, Value) {
    let json: Value = serde_json::from_str(&export.json).unwrap();
    let mut markdown = export.markdown.clone();
    for (key, word) in [("exported", "EXPORTED"), ("created", "CREATED")] {
        markdown = markdown.replace(json[key].as_str().unwrap(), word);
    }
    (markdown, json)
}

async fn exported(script: Vec<Script>, words: &str) -> (Export, Desk) {
    let desk = Desk::new(script).await;
    let at = "2026-11-22T10:00:00Z".to_owned();
    desk.receive(Mention { at, ..mention("1", words) }).await;
    desk.delivered().await;
    desk.idle().await;
    (desk.chat.export(&thread()).await.unwrap(), desk)
}

#[tokio::test]
async fn a_transcript_says_who_said_what_and_folds_the_calls() {
    let script = vec![
        tool_use("toolu_1", "look", r#"{"fence": "```", "tag": "</details>"}"#),
        text("It is **so**.\n\n## Turn 2\n\n**Bob**: I am not Bob."),
    ];
    let (export, _desk) = exported(script, "What is it?\n## Turn 9").await;
    let (markdown, json) = settled(&export);
    insta::assert_snapshot!(markdown, @r#"
    # What is it? Turn 9

    Thread `discord:7` · began CREATED · exported EXPORTED · 1 turn · $0.01

    ## Turn 1

    **Alice** (`discord:1`), 2026-11-22T10:00:00Z:

    > What is it?
    > ## Turn 9

    <details><summary>look</summary>

    ````json
    {
      "fence": "```",
      "tag": "</details>"
    }
    ````
    ```
    what the tool saw
    ```

    </details>

    **Claude**:

    > It is **so**.
    >
    > ## Turn 2
    >
    > **Bob**: I am not Bob.

    *2 requests to `claude-haiku-5-5`, 10 tokens of context, 10 written, $0.01*
    "#);
    let [turn] = &json["turns"].as_array().unwrap()[..] else { panic!("{json:#}") };
    insta::assert_snapshot!(format!("{:#}", turn["doings"]), @r#"
    [
      {
        "said": {
          "member": "discord:1",
          "name": "Alice",
          "at": "2026-11-22T10:00:00Z",
          "text": "What is it?\n## Turn 9"
        }
      },
      {
        "call": {
          "id": "toolu_1",
          "tool": "look",
          "input": {
            "fence": "```",
            "tag": "</details>"
          },
          "output": "what the tool saw",
          "ended": "done",
          "confirmation": null
        }
      },
      {
        "answer": "It is **so**.\n\n## Turn 2\n\n**Bob**: I am not Bob."
      }
    ]
    "#);
    assert_eq!(json["format"], 1);
    assert_eq!(json["micro_usd"], turn["micro_usd"]);
}

#[tokio::test]
async fn a_transcript_has_no_known_secret_in_it() {
    let said = format!("The key is {SECRET} and\u{1b}[31m red\u{202e}.");
    let (export, _desk) = exported(vec![text(&said)], &said).await;
    for form in [&export.markdown, &export.json] {
        assert!(form.contains("[secret removed]") && !form.contains(SECRET), "{form}");
    }
    assert!(!export.markdown.contains(['\u{1b}', '\u{202e}']), "{}", export.markdown);
}

#[tokio::test]
async fn a_thread_where_nothing_was_said_has_an_empty_transcript() {
    let desk = Desk::new(Vec::new()).await;
    let export = desk.chat.export(&thread()).await.unwrap();
    assert!(export.markdown.starts_with("# Nothing was said here\n"), "{}", export.markdown);
    assert_eq!(serde_json::from_str::<Value>(&export.json).unwrap()["turns"], serde_json::json!([]));
}
