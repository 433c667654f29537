use serde_json::json;

use super::super::ask::{Ask, parse};

fn read(path: &str) -> Ask {
    Ask::Read { path: path.to_owned() }
}

fn list(path: &str) -> Ask {
    Ask::List { path: path.to_owned() }
}

fn grep(pattern: &str, path: Option<&str>) -> Ask {
    Ask::Grep { pattern: pattern.to_owned(), path: path.map(str::to_owned) }
}

fn glob(pattern: &str) -> Ask {
    Ask::Glob { pattern: pattern.to_owned() }
}

fn edit(path: &str, old: &str, new: &str) -> Ask {
    Ask::Edit { path: path.to_owned(), old: old.to_owned(), new: new.to_owned() }
}

fn write(path: &str, content: &str) -> Ask {
    Ask::Write { path: path.to_owned(), content: content.to_owned() }
}

fn skill(name: &str, args: &str) -> Ask {
    Ask::Skill { name: name.to_owned(), args: args.to_owned() }
}

fn tool(name: &str, input: serde_json::Value) -> Ask {
    Ask::Tool { name: name.to_owned(), input: input.as_object().cloned().unwrap_or_default() }
}

#[test]
fn each_form_of_a_request_is_understood() {
    let rows = [
        ("read README.md", vec![read("README.md")]),
        ("Read README.md.", vec![read("README.md")]),
        ("<@123456> please show me the file `my notes.md`?", vec![read("my notes.md")]),
        ("could you open /repo/src/main.rs", vec![read("/repo/src/main.rs")]),
        ("read a.md and then b.md", vec![read("a.md"), read("b.md")]),
        ("read a.md, b.md and list src", vec![read("a.md"), read("b.md"), list("src")]),
        ("list src then read src/lib.rs", vec![list("src"), read("src/lib.rs")]),
        ("ls", vec![list(".")]),
        ("ls ..", vec![list("..")]),
        ("list the files in src/", vec![list("src/")]),
        ("find max_tokens in host/agent", vec![grep("max_tokens", Some("host/agent"))]),
        ("search for foo and bar in src", vec![grep("foo and bar", Some("src"))]),
        ("find a.b(c)", vec![grep(r"a\.b\(c\)", None)]),
        ("find \"read in\" in src", vec![grep("read in", Some("src"))]),
        ("grep fn \\w+_id", vec![grep("fn \\w+_id", None)]),
        ("find x in y and then read z", vec![grep("x", Some("y")), read("z")]),
        ("glob **/*.rs", vec![glob("**/*.rs")]),
        ("find files matching *.toml", vec![glob("*.toml")]),
        ("edit a.md: replace old words with new ones", vec![edit("a.md", "old words", "new ones")]),
        ("edit a.md: replace \"x with y\" with `z`", vec![edit("a.md", "x with y", "z")]),
        ("write a.md: one\ntwo and then three", vec![write("a.md", "one\ntwo and then three")]),
        ("write a.md:\n  indented\n", vec![write("a.md", "  indented\n")]),
        ("skill release", vec![skill("release", "")]),
        ("skill release 1.2 now", vec![skill("release", "1.2 now")]),
        ("/tool Bash {\"command\": \"ls\"}", vec![tool("Bash", json!({"command": "ls"}))]),
        ("/tool Status", vec![tool("Status", json!({}))]),
        ("Help!", vec![Ask::Help]),
        ("Hello there,\nread a.md", vec![read("a.md")]),
    ];
    for (text, asks) in rows {
        assert_eq!(parse(text), asks, "{text}");
    }
}

#[test]
fn what_is_none_of_them_is_not_guessed_at() {
    let rows = [
        "",
        "hello",
        "show me what you can do",
        "read",
        "read my mind please",
        "write a poem",
        "edit a.md",
        "edit a.md: replace x",
        "/tool Bash {not json",
        "/tool Bash [1]",
        "why is the sky blue?",
    ];
    for text in rows {
        assert_eq!(parse(text), [], "{text}");
    }
}
