//! The four columns: asked, granted, imported, used.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_policy::{Found, Grant, GrantKind, Limits, Manifest, Output, PluginPolicy};

use crate::place::Places;
use crate::shown::line;
use crate::{GrantUse, Input, narrow, words};

/// One line of a column.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// What, in words such as `edit-docs: create, modify in repo/docs/**`.
    pub what: String,
    /// Why, as its author wrote it.
    pub why: Option<String>,
    /// The line of `plugins.toml` (1-based), where it stands there.
    pub line: Option<usize>,
}

impl Entry {
    fn new(what: impl AsRef<str>) -> Self {
        Self { what: line(what.as_ref()), why: None, line: None }
    }
}

/// What the manifest asks for.
pub(crate) fn asked(manifest: &Manifest) -> Vec<Entry> {
    let entry = |request: &claudetools_policy::Request| Entry {
        why: Some(line(&request.why)),
        ..Entry::new(words::request(&request.kind))
    };
    manifest.requests.iter().map(entry).collect()
}

/// Who may call it, its limits where they are not the usual ones, and every grant.
pub(crate) fn granted(input: &Input<'_>, places: &Places<'_>) -> Vec<Entry> {
    let Some(table) = input.table() else { return Vec::new() };
    let at = |key| places.plugin_key(input.name, key).or(Some(table.line)).filter(|line| *line > 0);
    let mut entries = vec![Entry { line: at("callers"), ..Entry::new(callers(table)) }];
    if table.output == Output::Trusted {
        entries.push(Entry { line: at("output"), ..Entry::new("its answers are trusted and do not taint a turn") });
    }
    if let Some(limits) = unusual(&table.limits) {
        entries.push(Entry { line: at("limit"), ..Entry::new(limits) });
    }
    entries.extend(table.grants.iter().flat_map(grant));
    entries
}

fn callers(table: &PluginPolicy) -> String {
    let (roles, origins) = (join(&table.roles), table.origins.iter().map(|origin| origin.as_str()).collect::<Vec<_>>());
    match (table.roles.is_empty(), origins.is_empty()) {
        (false, false) => format!("callable by {roles}, started by {}", origins.join(" or ")),
        _ => "callable by nobody".to_owned(),
    }
}

fn unusual(limits: &Limits) -> Option<String> {
    let usual = words::limits(&Limits::default());
    let differs = words::limits(limits).into_iter().zip(usual).filter(|(is, usual)| is.1 != usual.1);
    let words: Vec<_> = differs.map(|((name, _, is), _)| format!("{name} {is}")).collect();
    (!words.is_empty()).then(|| format!("limits: {}", words.join(", ")))
}

fn grant(grant: &Grant) -> Vec<Entry> {
    let besides = match &grant.kind {
        GrantKind::Net(net) => words::besides(net),
        GrantKind::Exec(exec) => vec![words::jail(&exec.jail)],
        GrantKind::Fs(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => Vec::new(),
    };
    let tools: Vec<_> = grant.tools.iter().collect();
    let tools = (!tools.is_empty()).then(|| format!("for {}", words::some(&tools)));
    let rest: String = besides
        .into_iter()
        .chain(words::confirm(&grant.confirm))
        .chain(tools)
        .map(|word| format!(" · {word}"))
        .collect();
    let entry = |what| Entry {
        what: format!("{}: {what}{rest}", grant.id),
        why: Some(line(&grant.why)),
        line: Some(grant.line),
    };
    words::given(&grant.kind).into_iter().map(entry).collect()
}

fn join(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Packages of WASI that give nothing by themselves.
const PLAIN: &[&str] = &["wasi:io/", "wasi:clocks/", "wasi:random/", "wasi:cli/"];

/// What an import lets code do, in words; `None` for what gives nothing by itself.
fn power(import: &str) -> Option<&'static str> {
    let (name, _) = import.split_once('@').unwrap_or((import, ""));
    match name {
        "claudetools:plugin/types" | "claudetools:plugin/log" | "claudetools:plugin/progress" => None,
        "claudetools:plugin/artifact" => Some("give files to people"),
        "claudetools:plugin/tree" => Some("walk and read files"),
        "claudetools:plugin/replace" => Some("replace files"),
        "claudetools:plugin/process" => Some("start native programs"),
        "claudetools:plugin/state" => Some("keep state between calls"),
        "claudetools:plugin/client" => Some("learn which client a call is about"),
        "wasi:cli/environment" => Some("read its variables"),
        _ if name.starts_with("wasi:filesystem/") => Some("open files"),
        _ if name.starts_with("wasi:http/") => Some("make requests"),
        _ if name.starts_with("wasi:sockets/") => Some("open sockets, which is always refused"),
        _ if PLAIN.iter().any(|package| name.starts_with(package)) => None,
        _ => Some("unknown here"),
    }
}

/// What the code imports: one line for each power, with the interfaces that give it.
pub(crate) fn imported(found: &Found) -> Vec<Entry> {
    let mut powers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for import in &found.imports {
        powers.entry(power(import).unwrap_or("nothing of its own")).or_default().push(import);
    }
    powers.into_iter().map(|(power, imports)| Entry::new(format!("{power}: {}", words::some(&imports)))).collect()
}

/// What it did, grant by grant, and what was refused.
pub(crate) fn used(input: &Input<'_>) -> Vec<Entry> {
    let (Some(table), Some(used)) = (input.table(), input.used) else { return Vec::new() };
    let grants =
        table.grants.iter().map(|grant| Entry { line: Some(grant.line), ..one_use(grant, used.grants.get(&grant.id)) });
    let refused = used.refused.iter().map(|(code, times)| Entry::new(format!("refused {times}×: {code}")));
    grants.chain(refused).collect()
}

fn one_use(grant: &Grant, used: Option<&GrantUse>) -> Entry {
    let Some(used) = used.filter(|used| used.count > 0) else {
        return Entry::new(format!("{}: never", grant.id));
    };
    let last = used.last.and_then(day).map(|day| format!(", last on {day}")).unwrap_or_default();
    let breadth = narrow::breadth(grant, used);
    let breadth = if breadth.is_empty() { String::new() } else { format!(": {}", words::some(&breadth)) };
    Entry::new(format!("{}: {}×{last}{breadth}", grant.id, used.count))
}

/// `2026-11-22` of seconds since 1970.
pub(crate) fn day(seconds: i64) -> Option<String> {
    time::OffsetDateTime::from_unix_timestamp(seconds).ok().map(|at| at.date().to_string())
}
