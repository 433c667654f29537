//! What a person sees of an answer, and that nothing in it can do harm.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "render/harm.rs"]
mod harm;
#[path = "render/real.rs"]
mod real;

use claudetools_chat::render::{self, Guard, LIMIT, Outbound, Scrub};
use claudetools_policy::MemberId;

fn guard() -> Guard {
    let hosts = ["docs.rs", "*.example.com"].map(str::to_owned);
    Guard::new(hosts, Scrub::new(&["sk-ant-very-secret-value".to_owned()]))
}

fn answer(markdown: &str) -> Vec<Outbound> {
    render::answer(markdown, None, &guard())
}

/// One answer as text: messages apart by a line, gaps shown, files by name and length.
fn shown(markdown: &str) -> String {
    let message = |outbound: &Outbound| {
        let files = outbound.files().iter().map(|file| format!("\n<file {} of {} bytes>", file.name, file.data.len()));
        outbound.content().replace('\u{200b}', "·") + &files.collect::<String>()
    };
    answer(markdown).iter().map(message).collect::<Vec<_>>().join("\n=====\n")
}

#[test]
fn plain_markdown_stays_as_it_is() {
    let text = "# Report\n\nThe **first** thing, _then_ `cargo test`:\n- one\n  - two\n\n> a quote\n\n### End";
    assert_eq!(shown(text), text);
}

#[test]
fn mentions_are_broken_everywhere() {
    insta::assert_snapshot!(
        shown("@everyone and @HERE, <@1>, <@!2>, <@&3>, <#4>, \\<@5>, `<@6> @everyone`, @[everyone](x)\n```\n@here <@&7>\n```"),
        @r"
    @·everyone and @·HERE, <·@1>, <·@!2>, <·@&3>, <·#4>, \\<·@5>, `<·@6> @·everyone`, @·everyone (x)
    ```
    @·here <·@&7>
    ```
    "
    );
}

#[test]
fn a_mention_hidden_by_invisible_characters_is_broken() {
    insta::assert_snapshot!(shown("@\u{200b}everyone @every\u{2060}one <\u{feff}@1> @e\u{ad}veryone"), @"@·everyone @·everyone <·@1> @·everyone");
}

#[test]
fn times_emoji_commands_and_spoilers_are_shown_as_text() {
    insta::assert_snapshot!(
        shown("<t:0:R> <:a:1> <a:b:2> </help:3> <id:customize> ||hidden|| a < b"),
        @r"<·t:0:R> <·:a:1> <·a:b:2> <·/help:3> <·id:customize> \|\|hidden\|\| a < b"
    );
}

#[test]
fn a_masked_link_shows_where_it_leads() {
    insta::assert_snapshot!(
        shown("[https://bank.com](https://evil.tld), [docs](https://docs.rs/x), ![pic](<https://evil.tld/a b> \"t\"), [`code`](src/a.rs)"),
        @"`https://bank.com` (`https://evil.tld`), docs (https://docs.rs/x), pic (`https://evil.tld/a` b), `code` (src/a.rs)"
    );
}

#[test]
fn brackets_that_are_no_link_cannot_become_one() {
    insta::assert_snapshot!(
        shown("[a `](https://evil.tld) `] \\[b](https://evil.tld) [[c](d)](https://evil.tld) [e]\\(https://evil.tld)"),
        @r"\[a `](https://evil.tld)`] \[b](`https://evil.tld`) c (d) (`https://evil.tld`) \[e]\(`https://evil.tld`)"
    );
}

#[test]
fn only_links_to_known_hosts_can_be_clicked() {
    insta::assert_snapshot!(
        shown(
            "https://docs.rs/a?b=c#d. (https://api.example.com/x) <https://docs.rs> HTTPS://DOCS.RS <https://docs.rs>@evil.tld\n\
             https://evil.tld/?q=1 <https://evil.tld> http://example.com https://docs.rs.evil.tld https://docs.rs@evil.tld\n\
             https://docs.rs\"@evil.tld https://docs.rs\\@evil.tld https://docs.rs`@evil.tld https://döcs.rs https://evil.tld\u{ff0f}docs.rs\n\
             https:evil.tld https:/evil.tld //evil.tld/x javascript:alert(1) mailto:a@b.c ftp://x/y é_https://evil.tld_\n\
             discord.gg/abc https://docs.rs/discord.gg/abc discord.com/invite/x"
        ),
        @r#"
    https://docs.rs/a?b=c#d. (https://api.example.com/x) <https://docs.rs> HTTPS://DOCS.RS <https://docs.rs>@evil.tld
    `https://evil.tld/?q=1` `https://evil.tld` `http://example.com` `https://docs.rs.evil.tld` `https://docs.rs@evil.tld`
    `https://docs.rs`"@evil.tld `https://docs.rs\@evil.tld` `https://docs.rs`\`@evil.tld `https://döcs.rs` `https://evil.tld／docs.rs`
    `https:evil.tld` `https:/evil.tld` `//evil.tld/x` `javascript:alert(1)` `mailto:a@b.c` `ftp://x/y` é_`https://evil.tld`_
    `discord.gg/abc` `https://docs.rs/discord.gg/abc` `discord.com/invite/x`
    "#
    );
}

#[test]
fn the_hosts_that_nobody_allowed_are_known() {
    let hosts = guard()
        .foreign_hosts("https://docs.rs https://Evil.tld/x [a](http://b.example.org:81)\n```\nhttps://code.tld\n```");
    assert_eq!(hosts.into_iter().collect::<Vec<_>>(), ["b.example.org", "evil.tld"]);
}

#[test]
fn what_cannot_be_seen_is_taken_out_or_shown() {
    insta::assert_snapshot!(
        shown("\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}x a\u{202e}b\u{0}\u{8}c 👨\u{200d}👩\u{200d}👧 fi\u{200c}x\n```\nlet \u{2066}a\u{2069};\n```"),
        @r"
    red x a⟨U+202E⟩bc 👨‍👩‍👧 fix
    ```
    let ⟨U+2066⟩a⟨U+2069⟩;
    ```
    "
    );
}

#[test]
fn known_secrets_are_taken_out_in_every_form() {
    use base64::Engine;
    let secret = "sk-ant-very-secret-value";
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    for form in [secret.to_owned(), base64(secret), base64(&format!("x{secret}y")), base64(&format!("ab{secret}")), hex]
    {
        let shown = shown(&format!("the key is {form}!"));
        assert!(shown.contains("[secret removed]"), "{form}: {shown}");
        assert!(!shown.contains(&form), "{form}: {shown}");
    }
    assert_eq!(shown("a key is no secret"), "a key is no secret");
}

#[test]
fn fences_of_every_kind_become_plain_ones() {
    insta::assert_snapshot!(
        shown("1. Do:\n   ```bash\n   echo `x`\n     two\n   ```\n~~~\ntilde\n~~~\n````md\n```rust\nlet a;\n```\n````\n```open\nto the end"),
        @r"
    1. Do:
    ```bash
    echo `x`
      two
    ```
    ```
    tilde
    ```
    ```md
    `·``rust
    let a;
    `·``
    ```
    ```open
    to the end
    ```
    "
    );
}

#[test]
fn a_narrow_table_is_aligned_and_a_wide_one_is_a_file() {
    insta::assert_snapshot!(
        shown("Sizes:\n\n| Name | Size |\n|---|--:|\n| `a|b` | 1 |\n| **bold** | 20 |\n\nDone."),
        @r"
    Sizes:
    ```
    Name  Size
    ────  ────
    a|b   1
    bold  20
    ```
    Done.
    "
    );
    let wide = format!("| A | B | C |\n|---|---|---|\n| =cmd() | {} | y |", "x, ".repeat(20));
    insta::assert_snapshot!(shown(&wide), @r"
    *Attached:* `table-1.csv` (1 row)
    <file table-1.csv of 82 bytes>
    ");
    let csv = answer(&wide)[0].files()[0].data.clone();
    assert!(String::from_utf8(csv).unwrap().contains("\"'=cmd()\""));
}

#[test]
fn a_wide_table_of_names_and_values_is_a_list() {
    let values = "a value that goes on for longer than any phone is wide";
    insta::assert_snapshot!(shown(&format!("| Setting | Value |\n|---|---|\n| `mode` | {values} |\n| a*b | @everyone [x](https://evil.tld) |")), @r"
    Setting, Value:
    - **mode**: a value that goes on for longer than any phone is wide
    - **a\*b**: @·everyone x (`https://evil.tld`)
    ");
}

#[test]
fn columns_are_aligned_by_what_letters_take_on_a_screen() {
    insta::assert_snapshot!(shown("| Who | Where |\n|---|---|\n| 山田太郎 | 東京 |\n| Ida | Oslo |\n| 🦀 | sea |"), @r"
    ```
    Who       Where
    ────────  ─────
    山田太郎  東京
    Ida       Oslo
    🦀        sea
    ```
    ");
    // 21 letters of double width and a name: too wide for a phone, though it has few letters.
    let wide = format!("| a | b | c |\n|---|---|---|\n| {} | x | y |", "漢".repeat(21));
    assert_eq!(answer(&wide)[0].files()[0].name, "table-1.csv");
}

#[test]
fn boxes_to_tick_are_signs() {
    insta::assert_snapshot!(shown("- [x] done\n  - [ ] open\n* [X] too\n- [y] no box\n- [ ](https://evil.tld)"), @r"
    - ☑ done
      - ☐ open
    - ☑ too
    - \[y] no box
    -   (`https://evil.tld`)
    ");
}

#[test]
fn a_file_that_is_too_large_for_discord_is_named_instead() {
    let file = render::file("dump.zip", vec![0; 10 << 20], &guard());
    insta::assert_snapshot!(file.content(), @"`dump.zip` (10240 KiB) is larger than Discord takes; the console has it.");
    assert!(file.files().is_empty());
    assert_eq!(render::file("dump.zip", vec![0; 9 << 20], &guard()).files().len(), 1);
}

#[test]
fn deep_headings_become_bold() {
    insta::assert_snapshot!(shown("### Three\n#### Four ####\n###### **Six**\n#no heading"), @r"
    ### Three
    **Four**
    **Six**
    #no heading
    ");
}

#[test]
fn long_code_is_a_file_and_a_long_answer_a_summary() {
    let code = format!("Here:\n```rust\n{}```\nDone.", "let a = 1;\n".repeat(61));
    insta::assert_snapshot!(shown(&code), @r"
    Here:
    *Attached:* `code-1.rs` (61 lines)
    Done.
    <file code-1.rs of 671 bytes>
    ");
    let long = "One line of a long answer that never ends and says much.\n\n".repeat(200);
    let messages = answer(&long);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].files()[0].data, long.as_bytes());
    insta::assert_snapshot!(messages[0].content(), @r"
    One line of a long answer that never ends and says much.

    One line of a long answer that never ends and says much.

    One line of a long answer that never ends and says much.

    One line of a long answer that never ends and says much.

    One line of a long answer that never ends and says much.
    …
    *The whole answer is attached:* `answer.md`
    ");
}

#[test]
fn a_file_has_a_name_of_ours() {
    let code = format!("```../../x.exe\n{}```", "a\n".repeat(61));
    assert_eq!(answer(&code)[0].files()[0].name, "code-1.txt");
}

#[test]
fn a_fence_that_is_split_has_its_fences_in_each_part() {
    let line = "x".repeat(90);
    let code = format!("Text before.\n```rust\n{}```\nafter", format!("{line}\n").repeat(40));
    let messages = answer(&code);
    assert_eq!(messages.len(), 2);
    assert!(messages[0].content().starts_with("Text before.\n```rust\n"));
    assert!(messages[0].content().ends_with("\n```"));
    assert!(messages[1].content().starts_with("```rust\nxxx"));
    assert!(messages[1].content().ends_with("```\nafter"));
}

#[test]
fn text_breaks_after_a_paragraph_and_never_in_a_link() {
    let paragraph = "word ".repeat(240);
    let messages = answer(&format!("{paragraph}\n\n{paragraph}"));
    assert_eq!(
        messages.iter().map(|message| message.content()).collect::<Vec<_>>(),
        [paragraph.trim(), paragraph.trim()]
    );
    let link = format!("https://docs.rs/{}", "y".repeat(100));
    for message in answer(&format!("{link} ").repeat(40)) {
        assert!(message.content().split(' ').all(|word| word == link));
    }
}

#[test]
fn only_the_first_message_pings_and_only_the_one_named() {
    let member = MemberId("discord:1".to_owned());
    let messages = render::answer(&"word ".repeat(600), Some(member.clone()), &guard());
    let pings: Vec<_> = messages.iter().map(Outbound::ping).collect();
    assert_eq!(pings, [Some(&member), None]);
}

#[test]
fn nothing_is_never_empty() {
    assert_eq!(shown(" \n \u{200b}"), "*(nothing to show)*");
    insta::assert_snapshot!(shown("```\n```"), @"
    ```
     
    ```
    ");
}

#[test]
fn a_notice_is_one_message() {
    let notice = render::notice(&"@everyone, the server said: no. ".repeat(100), None, &guard());
    assert!(notice.content().encode_utf16().count() <= LIMIT);
    assert!(notice.content().ends_with("\n…"));
}

#[test]
fn a_files_name_is_one_that_no_system_makes_anything_else_of() {
    let names = [
        "report.csv",
        "../../etc/passwd",
        "x.exe",
        "a b\u{202e}gnp.txt",
        "C:\\dir\\plan.PDF",
        "...",
        "",
        ".bashrc",
        "archive.tar.gz",
    ];
    let safe: Vec<String> = names.iter().map(|name| claudetools_chat::render::safe_name(name)).collect();
    insta::assert_snapshot!(safe.join("\n"), @r"
    report.csv
    passwd.txt
    x.bin
    a-b-gnp.txt
    plan.pdf
    file.bin
    file.txt
    file.bin
    archive-tar.bin
    ");
}
