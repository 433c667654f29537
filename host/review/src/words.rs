//! The words for what is asked and granted.

use std::collections::BTreeSet;
use std::time::Duration;

use claudetools_policy::{
    Access, Argv, Confirm, ConfirmWhen, ExecGrant, FsGrant, GrantKind, Jail, JailAccess, Limits, NetGrant, NetRule,
    Network, Reach, RequestKind, SecretPlace, SecretUse, Slot, TokenSource, TokenWay, Typed,
};

/// Patterns that are listed by name; the others are counted.
const LISTED: usize = 4;

/// What a `client` grant gives.
pub(crate) const CLIENT: &str = "which client a call is about, and what plugins.toml says of it";

/// Methods that ask and change nothing.
pub(crate) fn only_asks(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// `read, list`.
pub(crate) fn access(ways: &BTreeSet<Access>) -> String {
    ways.iter().map(|way| way.as_str()).collect::<Vec<_>>().join(", ")
}

/// `a, b, c, d and 3 more`.
pub(crate) fn some<T: AsRef<str>>(items: &[T]) -> String {
    let listed: Vec<_> = items.iter().take(LISTED).map(AsRef::as_ref).collect();
    match items.len().saturating_sub(LISTED) {
        0 if listed.is_empty() => "nothing".to_owned(),
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

/// What a manifest asks for.
pub(crate) fn request(kind: &RequestKind) -> String {
    let names = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    match kind {
        RequestKind::Fs { root, access: ways } => format!("{} in {root}", access(ways)),
        RequestKind::Net { hosts, methods } => format!("{} to {}", names(methods), names(hosts)),
        RequestKind::Env { names: asked } => format!("the variables {}", names(asked)),
        RequestKind::Exec { programs } if programs.contains("*") => "any native program that is granted".to_owned(),
        RequestKind::Exec { programs } => format!("the native programs {}", names(programs)),
        RequestKind::State => "state between calls".to_owned(),
        RequestKind::Client => CLIENT.to_owned(),
    }
}

/// Where a grant of files reaches: `repo/docs/**`.
pub(crate) fn place(grant: &FsGrant) -> String {
    let patterns: Vec<String> = grant.patterns.iter().map(|pattern| format!("{}/{pattern}", grant.root)).collect();
    some(&patterns)
}

/// Where a rule reaches: `https://host/path`.
pub(crate) fn url(rule: &NetRule) -> String {
    let port = if rule.port == rule.scheme.port() { String::new() } else { format!(":{}", rule.port) };
    let path = rule.path.join("/");
    format!("{}://{}{port}/{path}", rule.scheme.as_str(), rule.host)
}

/// A whole rule: `GET https://host/path?name&page`, and what it says of bodies.
pub(crate) fn rule(rule: &NetRule) -> String {
    let query: Vec<_> = rule.query.iter().map(String::as_str).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let methods: Vec<_> = rule.methods.iter().map(String::as_str).collect();
    format!("{} {}{query}{}", methods.join(", "), url(rule), rule.content())
}

/// What a grant gives, each rule by itself; never empty.
pub(crate) fn given(kind: &GrantKind) -> Vec<String> {
    match kind {
        GrantKind::Fs(fs) => vec![format!("{} in {}", access(&fs.access), place(fs))],
        GrantKind::Net(net) if net.allow.is_empty() => vec!["nothing: its `allow` is empty".to_owned()],
        GrantKind::Net(net) => net.allow.iter().map(rule).collect(),
        GrantKind::Env(values) => vec![format!("the variables {}", some(&values.keys().collect::<Vec<_>>()))],
        GrantKind::Exec(exec) => vec![start(exec)],
        GrantKind::State => vec!["state between calls".to_owned()],
        GrantKind::Client => vec![CLIENT.to_owned()],
    }
}

/// What a grant starts: `/usr/bin/git log -n <1…50>`.
pub(crate) fn start(grant: &ExecGrant) -> String {
    let program = grant.program.path.display();
    match &grant.argv {
        Argv::Anything => format!("{program}, told anything"),
        Argv::Grammar(slots) => {
            let script = grant.script.as_ref().map(|script| script.file.guest_path());
            let words: Vec<_> =
                std::iter::once(program.to_string()).chain(script).chain(slots.iter().map(slot)).collect();
            let secrets = grant.script.iter().flat_map(|script| script.secrets.values()).map(String::as_str);
            let secrets: Vec<_> = secrets.collect();
            let with =
                if secrets.is_empty() { String::new() } else { format!(", with the secrets {}", some(&secrets)) };
            format!("{}{with}", words.join(" "))
        }
    }
}

fn slot(one: &Slot) -> String {
    match one {
        Slot::Literal(word) => word.clone(),
        Slot::OneOf(words) => format!("<{}>", words.iter().map(String::as_str).collect::<Vec<_>>().join("|")),
        Slot::Int(min, max) => format!("<{min}…{max}>"),
        Slot::Match(pattern) => format!("</{}/>", pattern.as_str()),
        Slot::Path(root) => format!("<path in {root}>"),
        Slot::Hostname => "<host>".to_owned(),
        Slot::Uuid => "<uuid>".to_owned(),
        Slot::Rest(each, max) => format!("{}×0…{max}", slot(each)),
    }
}

/// What a jail gives a program: `in the jail offline: reads repo, writes scratch, no network`.
pub(crate) fn jail(jail: &Jail) -> String {
    let place = |(root, access): (&String, &JailAccess)| match access {
        JailAccess::Read if jail.git.contains(root) => format!("reads {root} and all that was ever committed there"),
        JailAccess::Read => format!("reads {root}"),
        JailAccess::Write => format!("writes {root}"),
    };
    let services: Vec<String> = jail.net.iter().map(|(host, port)| format!("{host}:{port}")).collect();
    let network = match &jail.reach {
        _ if services.is_empty() => "no network".to_owned(),
        Reach::Public => format!("connects to {}", some(&services)),
        Reach::Networks(networks) => format!("connects to {} in {}", some(&services), listed(networks)),
    };
    let sockets: Vec<String> = jail.unix.iter().map(|path| path.display().to_string()).collect();
    let sockets = (!sockets.is_empty()).then(|| format!("the sockets {}", some(&sockets)));
    let gives: Vec<String> = jail.places.iter().map(place).chain([network]).chain(sockets).collect();
    format!("in the jail {}: {}", jail.name, gives.join(", "))
}

/// What holds for every rule of a grant, where it is not the default.
pub(crate) fn besides(grant: &NetGrant) -> Vec<String> {
    let mut words: Vec<String> = grant.secret.iter().map(secret).collect();
    words.extend(grant.fill.iter().map(|pointer| format!("a password that the host makes at {pointer}")));
    if let Reach::Networks(networks) = &grant.reach {
        words.push(format!("in {}", listed(networks)));
    }
    if grant.redirects > 0 {
        words.push(format!("{} redirects", grant.redirects));
    }
    if !grant.headers.is_empty() {
        words.push(format!("headers {}", some(&grant.headers.iter().collect::<Vec<_>>())));
    }
    words
}

fn listed(networks: &[Network]) -> String {
    let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
    format!("the networks {}", some(&networks))
}

fn secret(used: &SecretUse) -> String {
    let place = match &used.place {
        SecretPlace::Header(name) => format!("in the header {name}"),
        SecretPlace::Bearer => "as bearer".to_owned(),
        SecretPlace::Basic(user) => format!("as password of {user}"),
        SecretPlace::Query(name) => format!("in the query name {name}, which servers log"),
    };
    let given = used.token.as_ref().map(|source| format!(", {}", token(source)));
    format!("secret {} {place}{}", used.name, given.unwrap_or_default())
}

/// Who gives a token, to whom and for what.
fn token(source: &TokenSource) -> String {
    let whose = if source.is_per_tenant() { "a token for the client's tenant" } else { "a token" };
    let place = source.url.split('/').nth(2).unwrap_or_default();
    match &source.way {
        TokenWay::Client { id, scope, .. } => format!("{whose} that {place} gives the application {id} for {scope}"),
        TokenWay::Login { user, .. } => format!("{whose} that {place} gives the user {user}"),
    }
}

/// Who is asked first; `None` for nobody.
pub(crate) fn confirm(confirm: &Confirm) -> Option<String> {
    let when = match confirm.when {
        ConfirmWhen::Never => return None,
        ConfirmWhen::First => "the first time",
        ConfirmWhen::Tainted => "in a tainted turn",
        ConfirmWhen::Always => "always",
    };
    let two = if confirm.two_person { ", by somebody else" } else { "" };
    let typed = match &confirm.typed {
        Typed::Nothing => String::new(),
        Typed::Tool => ", by typing the tool's name".to_owned(),
        Typed::Path(part) => format!(", by typing part {part} of the path"),
        Typed::Body(pointer) => format!(", by typing what stands at {pointer}"),
    };
    Some(format!("confirmed {when}{two}{typed}"))
}

/// A number of bytes in the largest unit that keeps it whole.
pub(crate) fn size(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let fits = units.iter().find(|(shift, _)| bytes >= 1 << shift && bytes.trailing_zeros() >= *shift);
    fits.map_or_else(|| format!("{bytes} B"), |(shift, unit)| format!("{} {unit}", bytes >> shift))
}

fn time(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{} ms", time.as_millis()) }
}

/// One limit: its key, its value for comparing, its value for people.
pub(crate) type Limit = (&'static str, u128, String);

/// Every limit, in the order of the file's own example.
pub(crate) fn limits(limits: &Limits) -> Vec<Limit> {
    let bytes = |name, value: u64| (name, u128::from(value), size(value));
    let count = |name, value: u64| (name, u128::from(value), value.to_string());
    let rate = limits.rate;
    let per_day = u128::from(rate.calls) * 86_400_000 / rate.per.as_millis().max(1);
    vec![
        bytes("memory", limits.memory),
        count("table", limits.table.into()),
        count("instances", limits.instances.into()),
        ("wall", limits.wall.as_millis(), time(limits.wall)),
        count("hostcalls", limits.hostcalls),
        bytes("hostcall_bytes", limits.hostcall_bytes),
        count("handles", limits.handles.into()),
        bytes("output", limits.output),
        bytes("log", limits.log),
        count("concurrent", limits.concurrent.into()),
        count("per_user", limits.per_user.into()),
        count("per_thread", limits.per_thread.into()),
        ("rate", per_day, format!("{} in {}", rate.calls, time(rate.per))),
    ]
}
