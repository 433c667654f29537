//! The decision.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use crate::config::{FsGrant, NOBODY};
use crate::path::shown;
use crate::{
    Admitted, Caller, ChannelPolicy, Code, Confirm, Flow, GrantKind, Refusal, RelPath, RequestKind, Root, RootName,
    Yes, hint, protect,
};

/// A way of access to a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Read a file's bytes.
    Read,
    /// See that something exists: names, sizes, times.
    List,
    /// Make a file or directory that is not there.
    Create,
    /// Change the bytes of a file that is there.
    Modify,
    /// Remove a file or an empty directory.
    Delete,
    /// Move within the root: needed on both ends, beside `delete` of a replaced file.
    Rename,
}

impl Access {
    /// Every way of access.
    pub const ALL: &'static [Self] = &[Self::Read, Self::List, Self::Create, Self::Modify, Self::Delete, Self::Rename];

    /// The word for it in `plugins.toml`, manifests and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Create => "create",
            Self::Modify => "modify",
            Self::Delete => "delete",
            Self::Rename => "rename",
        }
    }
}

/// A file grant with its id and who has to confirm.
type GivenFs<'p> = (&'p str, &'p FsGrant, &'p Confirm);

/// One concrete thing that a call is about to do to a file: parsed, resolved, not yet done.
#[derive(Clone, Debug)]
pub struct FsEffect<'a> {
    /// The root it is below.
    pub root: &'a RootName,
    /// The resolved path below the root: no links left in it.
    pub path: &'a RelPath,
    /// What is done.
    pub access: Access,
    /// Hard links of the file, where it is there; 1 otherwise.
    pub links: u64,
    /// Bytes to be read or written, where known.
    pub bytes: Option<u64>,
}

impl FsEffect<'_> {
    /// The effect in words: `modify /repo/docs/vpn.md`.
    pub fn line(&self) -> String {
        format!("{} {}", self.access.as_str(), self.place())
    }

    /// The path as the guest sees it, fit for a message.
    fn place(&self) -> String {
        let slash = if self.path.as_str().is_empty() { "" } else { "/" };
        shown(&format!("/{}{slash}{}", self.root, self.path))
    }
}

/// May this caller call this tool at all? `caller.role`, `caller.origin`.
pub fn may_call(plugin: &Admitted, tool: &str, caller: &Caller) -> Result<(), Refusal> {
    let name = shown(tool);
    if !plugin.tools().any(|known| known.name == tool) {
        return Err(Refusal::new(Code::CallerOrigin, format!("There is no tool `{name}`.")));
    }
    if plugin.policy.roles.is_disjoint(&caller.roles) {
        let message = format!("Your roles do not allow the tool `{name}`.");
        return Err(Refusal::new(Code::CallerRole, message).hinted(hint::roles(plugin, caller)));
    }
    if !plugin.policy.origins.contains(&caller.origin) {
        let message = format!("The tool `{name}` may not be called by {}.", caller.origin.who());
        return Err(Refusal::new(Code::CallerOrigin, message).hinted(hint::origins(plugin, caller)));
    }
    Ok(())
}

/// May this plugin's tools be called in this channel's threads? `caller.channel`.
pub fn may_call_in(channel: &ChannelPolicy, plugin: &Admitted, tool: &str) -> Result<(), Refusal> {
    let name = &plugin.found.manifest.name;
    if channel.allows(name) {
        return Ok(());
    }
    let message = format!("The tool `{}` may not be called in this channel.", shown(tool));
    let hint = format!("in the channel's table of plugins.toml: add \"{name}\" to `plugins`");
    Err(Refusal::new(Code::CallerChannel, message).hinted(hint))
}

/// May this plugin keep state between calls of this tool? `state.not-granted`.
pub fn may_keep_state(plugin: &Admitted, tool: &str) -> Result<(), Refusal> {
    let asked = asks(plugin, &RequestKind::State);
    let granted = plugin.grants_for(tool).any(|grant| matches!(grant.kind, GrantKind::State));
    if asked && granted {
        return Ok(());
    }
    let message = format!("The tool `{}` may not keep state between calls.", shown(tool));
    Err(Refusal::new(Code::StateNotGranted, message).hinted(hint::plain(plugin, tool, "state", asked)))
}

/// May this plugin learn which client a call of this tool is about? The answer is the grant's id, or
/// `client.not-granted`.
pub fn may_choose_client<'p>(plugin: &'p Admitted, tool: &str) -> Result<&'p str, Refusal> {
    let asked = asks(plugin, &RequestKind::Client);
    let grant = plugin.grants_for(tool).find(|grant| matches!(grant.kind, GrantKind::Client));
    grant.filter(|_| asked).map(|grant| grant.id.as_str()).ok_or_else(|| {
        let message = format!("The tool `{}` may not learn which client the call is about.", shown(tool));
        Refusal::new(Code::ClientNotGranted, message).hinted(hint::plain(plugin, tool, "client", asked))
    })
}

/// Whether the manifest asks for a kind that has nothing to choose.
fn asks(plugin: &Admitted, kind: &RequestKind) -> bool {
    plugin.found.manifest.requests.iter().any(|request| request.kind == *kind)
}

/// Decides one effect; the answer names the grant that gives it, and whether a person has to confirm it first.
///
/// Pure: the same effect, root, plugin and flow always give the same answer, and nothing outside the
/// arguments is read. Every effect of every plugin passes here, after it was parsed and resolved and
/// before it happens. Given when the manifest asks for it and a grant for this tool gives it; the
/// protected list always wins. Where several grants give it, one that asks nobody is named, the first by id.
pub fn decide<'p>(
    effect: &FsEffect<'_>,
    root: &Root,
    plugin: &'p Admitted,
    tool: &str,
    flow: Flow,
) -> Result<Yes<'p, FsGrant>, Refusal> {
    protect::check(effect.root, root, effect.path, effect.access)?;
    asked(effect, plugin)?;
    let given: Vec<_> = fs_grants(plugin, tool).filter(|(_, fs, _)| gives(fs, effect)).collect();
    if given.is_empty() {
        return Err(not_granted(effect, plugin, tool));
    }
    unshared(effect)?;
    let large_enough = given.iter().filter(|(_, fs, _)| effect.bytes.is_none_or(|bytes| bytes <= fs.max_file));
    let asking = large_enough.map(|(id, fs, confirm)| (*id, *fs, if is_asked(effect, fs) { confirm } else { &NOBODY }));
    // A file stays in the house.
    Yes::choose(asking, flow, None).ok_or_else(|| too_large(effect, &given))
}

/// Whether the confirmation of a grant is about an effect. Where a grant gives changes it is about those, and looking
/// asks nobody; where it gives nothing but looking, it is about that.
fn is_asked(effect: &FsEffect<'_>, grant: &FsGrant) -> bool {
    let looks = |access: &Access| matches!(access, Access::Read | Access::List);
    !looks(&effect.access) || grant.access.iter().all(looks)
}

/// Whether one grant allows an example of `plugins.toml`: the steps of [`decide`] that need no plugin.
pub(crate) fn try_example(root: &Root, grant: &FsGrant, access: Access, path: &str) -> Result<(), Refusal> {
    let path = RelPath::parse(path)?;
    protect::check(&grant.root, root, &path, access)?;
    let effect = FsEffect { root: &grant.root, path: &path, access, links: 1, bytes: None };
    if gives(grant, &effect) {
        return Ok(());
    }
    Err(Refusal::new(Code::FsNotGranted, format!("it gives no `{}` there", access.as_str())))
}

/// The file grants for a tool, with their ids.
fn fs_grants<'p>(plugin: &'p Admitted, tool: &str) -> impl Iterator<Item = GivenFs<'p>> {
    plugin.grants_for(tool).filter_map(|grant| match &grant.kind {
        GrantKind::Fs(fs) => Some((grant.id.as_str(), fs, &grant.confirm)),
        GrantKind::Net(_) | GrantKind::Env(_) | GrantKind::Exec(_) | GrantKind::State | GrantKind::Client => None,
    })
}

/// Whether the manifest asks for this access to this root.
fn asked(effect: &FsEffect<'_>, plugin: &Admitted) -> Result<(), Refusal> {
    let asks = plugin.found.manifest.requests.iter().any(|request| match &request.kind {
        RequestKind::Fs { root, access } => root == effect.root && access.contains(&effect.access),
        RequestKind::Net { .. }
        | RequestKind::Env { .. }
        | RequestKind::Exec { .. }
        | RequestKind::State
        | RequestKind::Client => false,
    });
    if asks {
        return Ok(());
    }
    let (name, access) = (&plugin.found.manifest.name, effect.access.as_str());
    let message = format!("The plugin `{name}` does not ask for `{access}` in `/{}`.", effect.root);
    let hint = format!("a grant cannot give it: the manifest of `{name}` has to ask first");
    Err(Refusal::new(Code::FsNotGranted, message).hinted(hint))
}

/// Whether a grant covers the effect, its size aside. `docs/**` covers `docs` itself for `list` only.
fn gives(grant: &FsGrant, effect: &FsEffect<'_>) -> bool {
    let path = effect.path.as_str();
    &grant.root == effect.root
        && grant.access.contains(&effect.access)
        && (grant.allow.is_match(path) || effect.access == Access::List && grant.folders.is_match(path))
}

/// A write through one name of a file with several would change it under names that nothing granted.
/// Deleting or renaming a name changes no bytes, so it is not refused here.
fn unshared(effect: &FsEffect<'_>) -> Result<(), Refusal> {
    if effect.access != Access::Modify || effect.links <= 1 {
        return Ok(());
    }
    let message = format!(
        "`{}` has {} hard links, so writing it would change another file too; replace it by a copy first.",
        effect.place(),
        effect.links
    );
    Err(Refusal::new(Code::FsLinkCount, message))
}

fn not_granted(effect: &FsEffect<'_>, plugin: &Admitted, tool: &str) -> Refusal {
    let (access, place) = (effect.access.as_str(), effect.place());
    let message = format!("No grant gives the tool `{}` the access `{access}` to `{place}`.", shown(tool));
    Refusal::new(Code::FsNotGranted, message).hinted(hint::fs(plugin, tool, effect))
}

fn too_large(effect: &FsEffect<'_>, given: &[GivenFs<'_>]) -> Refusal {
    let bytes = effect.bytes.unwrap_or_default();
    let (id, most) =
        given.iter().map(|(id, fs, _)| (*id, fs.max_file)).max_by_key(|(_, most)| *most).unwrap_or_default();
    let message = format!("`{}` is {bytes} bytes long; at most {most} are allowed here.", effect.place());
    Refusal::new(Code::FsTooLarge, message).hinted(format!("in the grant `{id}`: max_file = \"{bytes}B\""))
}
