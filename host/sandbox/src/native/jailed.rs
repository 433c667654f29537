//! The jail of a grant, in the directories of this call.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use claudetools_jail::{Access, Jail, Limits, Net, Place};
use claudetools_policy::{Code, ExecGrant, JailAccess, Refusal};

use super::git;
use crate::guard::Guard;

/// The port of the proxy, on the jail's own loopback.
const PROXY: u16 = 3128;
/// What programs read of a proxy. Some know only one case.
const NAMES: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

/// The jail that a grant describes.
pub(super) fn jail(grant: &ExecGrant, guard: &Guard) -> Result<Jail, Refusal> {
    let granted = &grant.jail;
    let place = |(root, access): (&String, &JailAccess)| {
        let missing = || {
            let message =
                format!("`{}` was not started: this tool has no `/{root}`, which its jail needs.", grant.command);
            Refusal::new(Code::ExecJail, message).hinted(format!("give the tool an `fs` grant of the root `{root}`"))
        };
        Ok(Place {
            guest: PathBuf::from(format!("/{root}")),
            host: guard.host_path(root).ok_or_else(missing)?,
            access: match access {
                JailAccess::Read => Access::Read,
                JailAccess::Write => Access::Write,
            },
            hidden: hidden(granted, guard, root),
        })
    };
    let limits = &granted.limits;
    Ok(Jail {
        places: granted.places.iter().map(place).collect::<Result<_, Refusal>>()?,
        files: git::configurations(granted, guard),
        system: granted.system.iter().cloned().collect(),
        net: if granted.net.is_empty() { Net::None } else { Net::Proxy { port: PROXY } },
        unix: granted.unix.iter().cloned().collect(),
        env: env(granted),
        limits: Limits {
            wall: limits.wall,
            cpu: limits.cpu,
            memory: limits.memory,
            processes: limits.pids,
            files: limits.files.into(),
            written: granted.places.keys().map(|root| guard.room(root)).sum(),
            ..Limits::default()
        },
    })
}

/// What is covered in a place. Where git may look, its directory is there but for what others could have written into it to
/// be run.
fn hidden(granted: &claudetools_policy::Jail, guard: &Guard, root: &str) -> Vec<PathBuf> {
    let mut hidden = guard.hidden(root);
    if granted.git.contains(root) {
        hidden.retain(|path| path != Path::new(git::DIRECTORY));
        hidden.extend(git::HIDDEN.map(|name| Path::new(git::DIRECTORY).join(name)));
    }
    hidden
}

/// The environment: what is granted, and where the proxy is.
fn env(granted: &claudetools_policy::Jail) -> Vec<(OsString, OsString)> {
    let mut env = granted.env.clone();
    if !granted.net.is_empty() {
        env.extend(NAMES.map(|name| (name.to_owned(), format!("http://127.0.0.1:{PROXY}"))));
    }
    env.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}
