//! The canonical text of what a plugin is granted: one text for one meaning, which approvals are made of.

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::{Confirm, FsGrant, Grant, GrantKind, Limits, PluginPolicy, Rate, Typed};
use crate::manifest::canonical;
use crate::{
    Argv, Audience, Digest, ExecGrant, Jail, JailLimits, NetGrant, NetRule, Program, Reach, Script, ScriptFile,
    ScriptWord, SecretPlace, SecretUse, Slot, TokenSource, TokenWay, Tool,
};

impl PluginPolicy {
    /// The digest of its callers, output, limits and grants. The order of grants and of lists, the lines they are on
    /// and their `why` do not change it; where a grant's secret may go does, what its value is does not.
    pub fn grants_digest(&self) -> Digest {
        let Self { roles, origins, output, limits: of_calls, grants, component: _, approved: _, narrowed: _, line: _ } =
            self;
        Digest::of(canonical(&json!({
            "roles": roles,
            "origins": origins,
            "output": output,
            "limits": limits(of_calls),
            "grants": sorted(grants.iter().map(grant)),
        })))
    }
}

/// A list in which order means nothing.
fn sorted(items: impl Iterator<Item = Value>) -> Value {
    let mut texts: Vec<_> = items.map(|item| canonical(&item)).collect();
    texts.sort();
    json!(texts)
}

fn limits(of_calls: &Limits) -> Value {
    let Limits {
        memory,
        table,
        instances,
        wall,
        hostcalls,
        hostcall_bytes,
        handles,
        output,
        log,
        concurrent,
        per_user,
        per_thread,
        rate: Rate { calls, per },
    } = of_calls;
    json!({
        "memory": memory, "table": table, "instances": instances, "wall": wall.as_millis().to_string(),
        "hostcalls": hostcalls, "hostcall_bytes": hostcall_bytes, "handles": handles, "output": output, "log": log,
        "concurrent": concurrent, "per_user": per_user, "per_thread": per_thread, "rate": [json!(calls), json!(per.as_secs())],
    })
}

fn grant(grant: &Grant) -> Value {
    let Grant { id, tools, kind, confirm: asks, why: _, line: _ } = grant;
    let kind = match kind {
        GrantKind::Fs(granted) => json!({ "fs": fs(granted) }),
        GrantKind::Net(granted) => json!({ "net": net(granted) }),
        GrantKind::Exec(granted) => json!({ "exec": exec(granted) }),
        GrantKind::Env(values) => json!({ "env": values }),
        GrantKind::State => json!("state"),
        GrantKind::Client => json!("client"),
    };
    json!({ "id": id, "tools": tools, "kind": kind, "confirm": confirm(asks) })
}

fn confirm(asks: &Confirm) -> Value {
    let Confirm { when, by, two_person, ttl, show, typed } = asks;
    let ttl = ttl.as_millis().to_string();
    let mut value = json!({ "when": when, "by": by, "two_person": two_person, "ttl": ttl, "show": show });
    match typed {
        Typed::Nothing => {}
        Typed::Tool => value["typed"] = json!(true),
        Typed::Path(part) => value["typed"] = json!({ "path": part }),
        Typed::Body(pointer) => value["typed"] = json!({ "body": pointer }),
    }
    value
}

fn fs(granted: &FsGrant) -> Value {
    let FsGrant { root, access, patterns, max_file, allow: _, folders: _ } = granted;
    let patterns = sorted(patterns.iter().map(|pattern| json!(pattern)));
    json!({ "root": root, "access": access, "allow": patterns, "max_file": max_file })
}

fn exec(granted: &ExecGrant) -> Value {
    let ExecGrant { command, program: Program { path, sha256 }, argv, jail: inside, script: of_script } = granted;
    let argv = match argv {
        Argv::Grammar(slots) => slots.iter().map(slot).collect(),
        Argv::Anything => json!("anything"),
    };
    let mut value =
        json!({ "command": command, "path": path, "sha256": sha256.to_string(), "argv": argv, "jail": jail(inside) });
    if let Some(of_script) = of_script {
        value["script"] = script(of_script);
    }
    value
}

fn script(of_script: &Script) -> Value {
    let Script { tool, file: ScriptFile { root, path, sha256 }, words, secrets } = of_script;
    let Tool { name, description, input_schema, effects } = tool;
    let words: Vec<Value> = words
        .iter()
        .map(|word| match word {
            ScriptWord::Literal(word) => json!(["literal", word]),
            ScriptWord::Argument { name, default } => json!(["argument", name, default]),
            ScriptWord::Arguments(name) => json!(["arguments", name]),
        })
        .collect();
    json!({
        "tool": [json!(name), json!(description), input_schema.clone(), json!(effects)],
        "file": [json!(root), json!(path.as_str()), json!(sha256.to_string())],
        "words": words,
        "secrets": secrets,
    })
}

fn slot(slot: &Slot) -> Value {
    match slot {
        Slot::Literal(word) => json!(["literal", word]),
        Slot::OneOf(words) => json!(["one_of", words]),
        Slot::Int(min, max) => json!(["int", min.to_string(), max.to_string()]),
        Slot::Match(pattern) => json!(["match", pattern.as_str()]),
        Slot::Path(root) => json!(["path", root]),
        Slot::Hostname => json!(["hostname"]),
        Slot::Uuid => json!(["uuid"]),
        Slot::Rest(each, max) => json!(["rest", self::slot(each), max]),
    }
}

fn jail(jail: &Jail) -> Value {
    let Jail { name, net, reach: within, places, git, system, unix, env, limits } = jail;
    let JailLimits { wall, cpu, memory, pids, files, output } = limits;
    let mut value = json!({
        "name": name, "net": net, "reach": reach(within), "places": places, "system": system, "unix": unix, "env": env,
        "wall": wall.as_millis().to_string(), "cpu": cpu.as_millis().to_string(), "memory": memory, "pids": pids,
        "files": files, "output": output,
    });
    if !git.is_empty() {
        value["git"] = json!(git);
    }
    value
}

fn net(granted: &NetGrant) -> Value {
    let NetGrant { allow, headers, secret, fill, reach, redirects, up, down } = granted;
    let mut value = json!({
        "allow": sorted(allow.iter().map(rule)), "headers": headers, "secret": secret.as_ref().map(secret_use),
        "reach": self::reach(reach), "redirects": redirects, "up": up, "down": down,
    });
    if !fill.is_empty() {
        value["fill"] = json!(fill);
    }
    value
}

fn reach(reach: &Reach) -> Value {
    match reach {
        Reach::Public => json!("public"),
        Reach::Networks(networks) => sorted(networks.iter().map(|network| json!(network.to_string()))),
    }
}

fn rule(allowed: &NetRule) -> Value {
    let NetRule { scheme, host, port, methods, path, query, json: holds, batch, reads } = allowed;
    let mut value = json!({
        "scheme": scheme, "host": host.to_string(), "port": port, "method": methods, "path": path, "query": query,
    });
    if !holds.is_empty() {
        value["json"] = json!(holds);
    }
    for (key, said) in [("batch", batch), ("reads", reads)] {
        if *said {
            value[key] = json!(true);
        }
    }
    value
}

fn secret_use(used: &SecretUse) -> Value {
    let SecretUse { name, place, audience: services, token: given } = used;
    let place = match place {
        SecretPlace::Header(name) => json!(["header", name]),
        SecretPlace::Bearer => json!(["bearer"]),
        SecretPlace::Basic(user) => json!(["basic", user]),
        SecretPlace::Query(name) => json!(["query", name]),
    };
    let mut value = json!({ "name": name, "place": place, "audience": sorted(services.iter().map(audience)) });
    if let Some(given) = given {
        value["token"] = token(given);
    }
    value
}

/// Whom a token is asked of, as whom and for what; where that is kept which proves it is not told.
fn token(given: &TokenSource) -> Value {
    let TokenSource { url, reach: within, way, kept: _ } = given;
    let way = match way {
        TokenWay::Client { id, scope, proof } => json!(["client", id, scope, format!("{proof:?}")]),
        TokenWay::Login { user, form, refresh } => json!(["login", user, format!("{form:?}"), refresh]),
    };
    json!({ "url": url, "reach": reach(within), "way": way })
}

fn audience(service: &Audience) -> Value {
    let Audience { scheme, host, port } = service;
    json!({ "scheme": scheme, "host": host.to_string(), "port": port })
}
