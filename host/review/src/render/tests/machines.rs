//! JSON and SARIF.

use insta::{assert_json_snapshot, assert_snapshot};

use super::{greedy, hostile, unreadable, updated};
use crate::{Rule, render};

#[test]
fn json_has_a_schema_and_everything_of_a_review() {
    let value = render::json(&[updated().review()]);
    let keys: Vec<&String> = value["plugins"][0].as_object().unwrap().keys().collect();
    assert_snapshot!(format!("{} {keys:?}", value["schema"]), @r#"1 ["name", "version", "description", "file", "built_in", "state", "reasons", "line", "asked", "granted", "imported", "used", "findings", "risk", "changes", "digests", "headline"]"#);
    assert_json_snapshot!(value["plugins"][0]["findings"][0], @r#"
    {
      "rule": "PLG007",
      "level": "error",
      "message": "Changed since `j.doe` approved it on 2026-01-01: its bytes.",
      "line": 31,
      "fix": "read what changed, then approve it again"
    }
    "#);
    assert_json_snapshot!(value["plugins"][0]["risk"]["lines"][0], @r#"
    {
      "kind": "state",
      "points": 10,
      "what": "attempts that were refused",
      "save": null
    }
    "#);
    assert_json_snapshot!(value["plugins"][0]["granted"][2], @r#"
    {
      "what": "read: read, list in repo/docs/**",
      "why": "a test",
      "line": 16
    }
    "#);
    assert_json_snapshot!(value["plugins"][0]["headline"], @r#""QUARANTINED · tickets 1.0.0 · risk 55 high · changed the words that the model reads""#);
}

#[test]
fn sarif_places_each_finding_on_its_line() {
    let log = render::sarif(&[updated().review()], "plugins.toml");
    assert_eq!(log["version"], "2.1.0");
    assert_json_snapshot!(log["runs"][0]["results"][0], @r#"
    {
      "ruleId": "PLG007",
      "ruleIndex": 6,
      "level": "error",
      "message": {
        "text": "tickets: Changed since `j.doe` approved it on 2026-01-01: its bytes.\nTo do: read what changed, then approve it again"
      },
      "locations": [
        {
          "physicalLocation": {
            "artifactLocation": {
              "uri": "plugins.toml"
            },
            "region": {
              "startLine": 31
            }
          }
        }
      ],
      "properties": {
        "plugin": "tickets"
      }
    }
    "#);
    assert_json_snapshot!(log["runs"][0]["tool"]["driver"]["rules"][2], @r#"
    {
      "id": "PLG003",
      "shortDescription": {
        "text": "A plugin was granted what it does not ask for."
      },
      "fullDescription": {
        "text": "A grant gives something that the manifest does not ask for. It allows nothing, and waits for a version that asks."
      },
      "defaultConfiguration": {
        "level": "error"
      }
    }
    "#);
    assert_json_snapshot!(log["runs"][0]["invocations"], @r#"
    [
      {
        "executionSuccessful": true,
        "toolExecutionNotifications": []
      }
    ]
    "#);
}

#[test]
fn sarif_refers_to_rules_that_are_there_and_to_lines_that_exist() {
    let log = render::sarif(&[greedy().review(), updated().review(), hostile(), unreadable()], "plugins.toml");
    let run = &log["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert!(result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap() >= 1);
        assert!(!result["message"]["text"].as_str().unwrap().contains("]("));
    }
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), Rule::ALL.len());
}

#[test]
fn sarif_says_what_cannot_be_read() {
    let log = render::sarif(&[unreadable()], "plugins.toml");
    assert_json_snapshot!(log["runs"][0]["invocations"][0], @r#"
    {
      "executionSuccessful": false,
      "toolExecutionNotifications": [
        {
          "level": "error",
          "message": {
            "text": "a\\u{202e}b cannot be read: supply.size: `a\\u{202e}b.wasm` is larger than 32 MiB.; supply.unapproved: Nobody has approved it yet."
          }
        }
      ]
    }
    "#);
}
