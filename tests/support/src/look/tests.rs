use serde_json::json;

use super::{markdown, page};

fn shown(text: &str) -> String {
    markdown(text, &json!({"<@1>": "@alice"}))
}

#[test]
fn marks_are_read_as_discord_reads_them() {
    let rows = [
        ("**a** *b* _c_ __d__ ~~e~~", "<b>a</b> <i>b</i> <i>c</i> <u>d</u> <s>e</s>"),
        ("snake_case_name 2 * 3 * 4", "snake_case_name 2 * 3 * 4"),
        ("`a*b*` \\*c\\*", "<code>a*b*</code> *c*"),
        (
            "<@1> <@2> @everyone",
            "<span class=\"mention\">@alice</span> &lt;@2&gt; <span class=\"mention\">@everyone</span>",
        ),
        ("[x](https://a.b)", "<a href=\"https://a.b\">x</a>"),
        ("\\[x](c) <https://a.b>", "[x](c) <a href=\"https://a.b\">https://a.b</a>"),
        ("***a*** **b *c* d**", "<b><i>a</i></b> <b>b <i>c</i> d</b>"),
    ];
    for (text, html) in rows {
        assert_eq!(shown(text), format!("<div class=\"text\">{html}</div>"), "{text}");
    }
}

#[test]
fn blocks_are_read_as_discord_reads_them() {
    let rows = [
        ("# A\n#### B", "<h1>A</h1><div class=\"text\">#### B</div>"),
        ("-# small\n> q", "<small>small</small><blockquote><div class=\"text\">q</div></blockquote>"),
        ("a\n```rust\nlet a;\n```\nb", "<div class=\"text\">a</div><pre>let a;</pre><div class=\"text\">b</div>"),
        ("```\nopen", "<div class=\"text\">```\nopen</div>"),
    ];
    for (text, html) in rows {
        assert_eq!(shown(text), html, "{text}");
    }
    let list = shown("- a\n  - b\n1. c");
    assert!(list.contains("--depth:1\"><b>•</b><span>b") && list.contains("<b>1.</b><span>c"), "{list}");
}

#[test]
fn a_page_shows_every_part_of_a_message_and_runs_nothing_of_it() {
    let message = json!({
        "author": {"name": "<claude>", "bot": true}, "at": "2026-11-22T10:07:00Z", "content": "<script>", "edited": true,
        "reply": {"name": "alice", "content": "hi"}, "reactions": ["👀"], "ephemeral": true,
        "files": [{"name": "a.png", "size": 3, "data": "AAAA"}, {"name": "b.log", "size": 2048, "data": null}],
        "embeds": [{"title": "T", "fields": [{"name": "n", "value": "v", "inline": true}]}],
        "components": [{"type": 1, "components": [{"type": 2, "style": 4, "label": "Stop"},
            {"type": 3, "placeholder": "Choose", "options": [{"label": "One", "description": "first"}]}]}],
    });
    let page = page("t", &[json!({"channel": "general", "names": {}, "messages": [message]})]);
    for part in [
        "&lt;claude&gt;",
        "<em>APP</em>",
        "10:07",
        "&lt;script&gt;",
        "(edited)",
        "@alice",
        "👀 1",
        "Only you can see this",
        "data:image/png;base64,AAAA",
        "2.0 KB",
        "<b>n</b>",
        "b4\">Stop",
        "Choose",
        "One<small>first",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("<script>"));
}
