//! The conditions that depend on what is done: asked for, protected, granted.
//!
//! The code that decides is asked twice: as it would decide, and for a plugin whose manifest asks for everything, which
//! the protected list and the grants alone refuse.

use claudetools_policy::{
    Access, Admitted, Code, Directory, ExecEffect, Flow, FsEffect, Grant, GrantKind, HostPattern, NetEffect, NetRule,
    Refusal, RelPath, Request, RequestKind, RootName, decide, decide_exec, decide_net,
};

use super::{Call, Predicate};
use crate::place::Places;
use crate::shown::quoted;
use crate::{Input, words};

/// What is asked, and where the answer is looked up.
#[derive(Clone, Copy)]
pub(super) struct Question<'a, 'i> {
    pub input: &'a Input<'i>,
    pub places: &'a Places<'i>,
    pub plugin: &'a Admitted,
    pub tool: &'a str,
}

/// What was decided.
pub(super) struct Decided {
    /// The call as it was understood.
    pub call: String,
    pub request: Predicate,
    pub protected: Predicate,
    pub grant: Predicate,
    /// The grant that allows it.
    pub by: Option<String>,
}

/// What is done, its root filled in.
enum Act<'c> {
    File(Access, RootName, &'c str),
    Request(NetEffect<'c>),
    Start(ExecEffect<'c>),
}

impl Question<'_, '_> {
    pub fn decided(&self, call: &Call) -> Decided {
        let act = match call {
            Call::Request(target, body) => Act::Request(NetEffect { target, body: body.as_ref() }),
            Call::Start { command, args } => {
                let (root, path) = (self.first_place(command), &RelPath::root());
                let effect = ExecEffect { command, args, directory: Directory { root: &root, path } };
                return self.of_act(Act::Start(effect));
            }
            Call::File { access, root, path } => {
                Act::File(*access, root.clone().unwrap_or_else(|| self.usual_root()), path)
            }
        };
        self.of_act(act)
    }

    /// The root in which a program would start: the first of its jail.
    fn first_place(&self, command: &str) -> RootName {
        let jails = self.plugin.policy.grants.iter().filter_map(|grant| match &grant.kind {
            GrantKind::Exec(exec) if exec.command == command => exec.jail.places.keys().next().cloned(),
            _ => None,
        });
        jails.into_iter().next().unwrap_or_else(|| "repo".to_owned())
    }

    fn of_act(&self, act: Act<'_>) -> Decided {
        let answer = self.ask(&act, &asking(self.plugin, &act));
        let is_of_the_grant = |refusal: &Refusal| {
            let grants = [Code::FsNotGranted, Code::FsTooLarge, Code::ConfirmNeeded];
            matches!(act, Act::Request(_) | Act::Start(_)) || grants.contains(&refusal.code)
        };
        let (protected, grant, by) = match &answer {
            Ok(id) => (unprotected(), self.granted(&act, id), Some(id.clone())),
            Err(refusal) if is_of_the_grant(refusal) => (unprotected(), self.not_granted(&act, refusal), None),
            Err(refusal) => (
                Predicate::refused("protected", refusal),
                Predicate::new("grant", false, "No grant can give it."),
                None,
            ),
        };
        Decided { call: act.to_string(), request: self.requested(&act), protected, grant, by }
    }

    /// The root of a path that names none: `repo`, unless the plugin asks for others only.
    fn usual_root(&self) -> RootName {
        let requests = self.plugin.found.manifest.requests.iter();
        let roots: Vec<&RootName> = requests
            .filter_map(|request| if let RequestKind::Fs { root, .. } = &request.kind { Some(root) } else { None })
            .collect();
        let repo = "repo".to_owned();
        if roots.contains(&&repo) { repo } else { roots.first().map_or(repo, |root| (*root).clone()) }
    }

    /// Asks the code that decides, as for a turn that has taken in nothing.
    fn ask(&self, act: &Act<'_>, plugin: &Admitted) -> Result<String, Refusal> {
        let flow = Flow::default();
        match act {
            Act::Request(effect) => {
                let yes = decide_net(effect, plugin, self.tool, flow)?;
                yes.settled(&effect.target.to_string()).map(|(id, _)| id.to_owned())
            }
            Act::Start(effect) => {
                let roots = &self.input.policy.roots;
                let yes = decide_exec(effect, &|name| roots.get(name), plugin, self.tool, flow)?;
                yes.settled(&effect.line()).map(|(id, _)| id.to_owned())
            }
            Act::File(access, name, path) => {
                let no_root = || Refusal::new(Code::FsNotGranted, format!("There is no root {}.", quoted(name)));
                let root = self.input.policy.roots.get(name).ok_or_else(no_root)?;
                let path = RelPath::parse(path)?;
                let effect = FsEffect { root: name, path: &path, access: *access, links: 1, bytes: None };
                let yes = decide(&effect, root, plugin, self.tool, flow)?;
                yes.settled(&effect.line()).map(|(id, _)| id.to_owned())
            }
        }
    }

    fn requested(&self, act: &Act<'_>) -> Predicate {
        let asks = |request: &&Request| match (&request.kind, act) {
            (RequestKind::Fs { root, access }, Act::File(way, name, _)) => root == name && access.contains(way),
            (RequestKind::Net { hosts, methods }, Act::Request(NetEffect { target, .. })) => {
                let fits = |host: &String| HostPattern::parse(host).is_some_and(|host| host.fits(&target.host));
                hosts.iter().any(fits) && methods.contains(&target.method)
            }
            (RequestKind::Exec { programs }, Act::Start(effect)) => {
                programs.contains("*") || programs.contains(effect.command)
            }
            _ => false,
        };
        match self.plugin.found.manifest.requests.iter().find(asks) {
            Some(request) => {
                let what = format!("The manifest asks for {}.", quoted(&words::request(&request.kind)));
                Predicate::new("request", true, what)
            }
            None => Predicate::new("request", false, "The manifest does not ask for it; no grant can give it."),
        }
    }

    fn granted(&self, act: &Act<'_>, id: &str) -> Predicate {
        let line = match act {
            Act::File(..) => self.places.grant_key(self.input.name, id, "allow"),
            Act::Request(_) => self.rule_of(act, id),
            Act::Start(_) => self.places.grant_key(self.input.name, id, "argv"),
        };
        let grant = self.plugin.policy.grants.iter().find(|grant| grant.id == id);
        let why = grant.map(|grant| format!(": {}", quoted(&grant.why))).unwrap_or_default();
        let line = line.or(grant.map(|grant| grant.line));
        Predicate::new("grant", true, format!("The grant {} gives it{why}.", quoted(id))).at(self.places, line)
    }

    /// The line of the rule of a grant that gives a request: the first that does so alone.
    fn rule_of(&self, act: &Act<'_>, id: &str) -> Option<usize> {
        let grant = self.plugin.policy.grants.iter().find(|grant| grant.id == id)?;
        let GrantKind::Net(net) = &grant.kind else { return None };
        let alone = |rule: &NetRule| {
            let mut net = net.clone();
            net.allow = vec![rule.clone()];
            let mut plugin = asking(self.plugin, act);
            plugin.policy.grants = vec![Grant { kind: GrantKind::Net(net), ..grant.clone() }];
            self.ask(act, &plugin).is_ok()
        };
        self.places.grant_item(self.input.name, id, "allow", net.allow.iter().position(alone)?)
    }

    fn not_granted(&self, act: &Act<'_>, refusal: &Refusal) -> Predicate {
        let grants = self.plugin.policy.grants.iter();
        let concerned = grants.filter(|grant| grant.tools.is_empty() || grant.tools.contains(self.tool));
        let nearest = concerned.filter_map(|grant| self.near(act, grant)).max_by_key(|(near, _)| *near);
        let line = nearest.map(|(_, line)| line).or(Some(self.plugin.policy.line));
        Predicate::refused("grant", refusal).at(self.places, line)
    }

    /// How near a grant comes to what is done, and the line of it that stands in the way.
    fn near(&self, act: &Act<'_>, grant: &Grant) -> Option<(u8, usize)> {
        let key = |key| self.places.grant_key(self.input.name, &grant.id, key).unwrap_or(grant.line);
        match (&grant.kind, act) {
            (GrantKind::Fs(fs), Act::File(way, root, _)) if fs.root == *root => match fs.access.contains(way) {
                true => Some((2, key("allow"))),
                false => Some((1, key("access"))),
            },
            (GrantKind::Net(net), Act::Request(NetEffect { target, .. })) => {
                let near = |rule: &NetRule| {
                    u8::from(rule.host.fits(&target.host)) * (1 + u8::from(rule.methods.contains(&target.method)))
                };
                let (index, best) = net.allow.iter().map(near).enumerate().max_by_key(|(_, near)| *near)?;
                let line = self.places.grant_item(self.input.name, &grant.id, "allow", index);
                (best > 0).then(|| (best, line.unwrap_or(grant.line)))
            }
            (GrantKind::Exec(exec), Act::Start(effect)) if exec.command == effect.command => Some((1, key("argv"))),
            _ => None,
        }
    }
}

fn unprotected() -> Predicate {
    Predicate::new("protected", true, "It is not on the list that no grant opens.")
}

/// The plugin with a manifest that asks for this too.
fn asking(plugin: &Admitted, act: &Act<'_>) -> Admitted {
    let kind = match act {
        Act::File(access, root, _) => RequestKind::Fs { root: root.clone(), access: [*access].into() },
        Act::Request(NetEffect { target, .. }) => {
            RequestKind::Net { hosts: ["*".to_owned()].into(), methods: [target.method.clone()].into() }
        }
        Act::Start(_) => RequestKind::Exec { programs: ["*".to_owned()].into() },
    };
    let mut plugin = plugin.clone();
    plugin.found.manifest.requests.push(Request { why: String::new(), kind });
    plugin
}

impl std::fmt::Display for Act<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(access, root, path) => {
                let slash = if path.is_empty() { "" } else { "/" };
                write!(f, "{} /{root}{slash}{path}", access.as_str())
            }
            Self::Request(effect) => write!(f, "{}", effect.target),
            Self::Start(effect) => write!(f, "exec {}", effect.line()),
        }
    }
}
