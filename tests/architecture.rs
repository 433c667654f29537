//! What Cargo can't hold: who may start processes, read the environment, open sockets, build an outgoing message.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::path::{Path, PathBuf};

/// A rule: these words may stand only in files whose path begins with one of these.
struct Rule {
    what: &'static str,
    words: &'static [&'static str],
    only_in: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        what: "native processes are started by the jail",
        words: &["std::process::Command", "tokio::process", "Command::new", "posix_spawn", "libc::fork", "execve"],
        only_in: &["host/jail/", "host/xtask/", "tests/"],
    },
    Rule {
        what: "the environment is read by the configuration, and by plugins that are given variables",
        words: &["env::var(", "env::vars(", "env::var_os("],
        // A test says where the ledger ends its process; no release reads it.
        only_in: &[
            "host/src/config.rs",
            "host/ledger/src/write.rs",
            "host/xtask/",
            "plugins/graph/src/tenant.rs",
            "plugins/m365/src/outside.rs",
            "plugins/msp/src/host.rs",
            "tests/",
        ],
    },
    Rule {
        what: "listening sockets belong to the console, the rehearsal model, the lock of a token and the fakes",
        words: &["TcpListener::bind", "UdpSocket::bind", "UnixListener::bind"],
        only_in: &["host/console/", "host/src/rehearsal/", "host/src/commands/only.rs", "tests/"],
    },
    Rule {
        what: "HTTP requests are made by the model's client and the Discord front",
        words: &["reqwest::Client", "reqwest::get", "Client::builder()"],
        only_in: &["host/agent/", "host/discord/", "tests/"],
    },
    Rule {
        what: "the body of an outgoing message is built in one place, from rendered text",
        words: &["\"allowed_mentions\""],
        only_in: &["host/discord/src/body.rs", "tests/"],
    },
    Rule {
        what: "a plugin's connections are made by egress, to addresses that were decided on",
        words: &["TcpStream::connect", "lookup_host", "to_socket_addrs"],
        only_in: &["host/egress/", "tests/"],
    },
    Rule { what: "serenity stays in the Discord front", words: &["serenity::"], only_in: &["host/discord/", "tests/"] },
    Rule {
        what: "wasmtime stays in the sandbox",
        words: &["wasmtime::", "wasmtime_wasi::"],
        only_in: &["host/sandbox/", "tests/"],
    },
    Rule {
        what: "unsafe code stands in the jail, at one place of the sandbox, and in a hostile guest",
        words: &["unsafe {", "unsafe fn", "unsafe impl"],
        only_in: &["host/jail/", "host/sandbox/src/compile", "plugins/kit/src/export.rs", "tests/"],
    },
];

#[test]
fn each_power_stays_in_its_crate() {
    let mut broken = Vec::new();
    for file in sources() {
        let shown = shown(&file);
        let text = std::fs::read_to_string(&file).unwrap();
        if is_test(&shown) {
            continue;
        }
        for rule in RULES.iter().filter(|rule| !rule.only_in.iter().any(|place| shown.starts_with(place))) {
            let found = code_lines(&text).filter(|(_, line)| rule.words.iter().any(|word| line.contains(word)));
            broken.extend(found.map(|(number, line)| format!("{shown}:{number}: {}: {}", rule.what, line.trim())));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn policy_and_review_are_pure() {
    let forbidden = [
        "std::fs",
        "TcpStream",
        "UdpSocket",
        "ToSocketAddrs",
        "std::time::Instant",
        "SystemTime",
        "tokio",
        "async ",
        "std::env",
        "std::thread",
    ];
    for file in sources().into_iter().filter(|file| is_pure(&shown(file)) && !is_test(&shown(file))) {
        let text = std::fs::read_to_string(&file).unwrap();
        let found = code_lines(&text).find(|(_, line)| forbidden.iter().any(|word| line.contains(word)));
        assert!(found.is_none(), "{}: {found:?}", shown(&file));
    }
}

/// Whether a file belongs to a crate that is a function of its arguments.
fn is_pure(shown: &str) -> bool {
    ["host/policy/src", "host/review/src"].iter().any(|place| shown.starts_with(place))
}

/// Every kind of grant, with the attack whose row shows that nothing is done without one.
const REFUSED: &[(&str, &str)] = &[
    ("fs", "FS-21"),
    ("net", "NET-01"),
    ("exec", "EXE-02"),
    ("shell", "AUT-03b"),
    ("script", "EXE-02b"),
    ("env", "SEC-01"),
    ("state", "AUT-03"),
    ("client", "AUT-16"),
];

#[test]
fn every_kind_of_grant_has_a_row_that_shows_its_refusal() {
    let parser = std::fs::read_to_string(root().join("host/policy/src/config/grants.rs")).unwrap();
    let table = parser.split("const KEYS").nth(1).unwrap().split("];").next().unwrap();
    let kinds: Vec<&str> =
        table.lines().filter_map(|line| line.trim().strip_prefix("(\"")?.split('"').next()).collect();
    assert_eq!(kinds, REFUSED.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), "the kinds that the parser knows");
    let rows = std::fs::read_to_string(root().join("tests/attacks.toml")).unwrap();
    let ids: Vec<&str> = rows.lines().filter_map(|line| line.strip_prefix("id")?.split('"').nth(1)).collect();
    for (kind, id) in REFUSED {
        assert!(ids.contains(id), "tests/attacks.toml has no row {id} for the kind `{kind}`");
    }
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let tables = ["host/agent/src/models.rs"];
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|file| !tables.contains(&shown(file).as_str()))
        .map(|file| (std::fs::read_to_string(&file).unwrap().lines().count(), file))
        .filter(|(lines, _)| *lines > 400)
        .collect();
    assert!(long.is_empty(), "over 400 lines: {long:?}");
}

#[test]
fn the_architecture_page_names_files_that_are_there() {
    let host = root().join("host");
    let page = std::fs::read_to_string(host.join("ARCHITECTURE.md")).unwrap();
    let links: Vec<&str> = page.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 30, "the page walks a turn with links to files");
    for link in links.into_iter().filter(|link| !link.starts_with("http")) {
        assert!(host.join(link).exists(), "host/ARCHITECTURE.md names {link}, which is not there");
    }
}

/// Whether a file is only compiled for tests.
fn is_test(shown: &str) -> bool {
    shown.contains("/tests/")
        || shown.ends_with("tests.rs")
        || shown.ends_with("properties.rs")
        || shown.contains("/benches/")
        || shown.contains("/examples/")
}

/// Lines of code with their numbers: comments and what follows `#[cfg(test)]` are left out.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    lines.enumerate().map(|(index, line)| (index + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

/// Every Rust source of the repository.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for top in ["host", "plugins", "tests"] {
        collect(&root().join(top), &mut found);
    }
    assert!(found.len() > 100, "the sources are looked for in the wrong place");
    found
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
