//! The jail of a grant, in the directories of this call.

use std::path::PathBuf;

use claudetools_jail::{Access, Jail, Limits, Net, Place};
use claudetools_policy::{Code, ExecGrant, JailAccess, Refusal};

use crate::guard::Guard;

/// The jail that a grant describes.
pub(super) fn jail(grant: &ExecGrant, guard: &Guard) -> Result<Jail, Refusal> {
    let granted = &grant.jail;
    if !granted.net.is_empty() {
        let message =
            format!("`{}` was not started: the network of its jail has no proxy in this version.", grant.command);
        return Err(Refusal::new(Code::ExecJail, message));
    }
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
            hidden: guard.hidden(root),
        })
    };
    let limits = &granted.limits;
    Ok(Jail {
        places: granted.places.iter().map(place).collect::<Result<_, Refusal>>()?,
        system: granted.system.iter().cloned().collect(),
        net: Net::None,
        unix: granted.unix.iter().cloned().collect(),
        env: granted.env.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        limits: Limits {
            wall: limits.wall,
            cpu: limits.cpu,
            memory: limits.memory,
            processes: limits.pids,
            files: limits.files.into(),
            ..Limits::default()
        },
    })
}
