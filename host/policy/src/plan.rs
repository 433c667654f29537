//! Plan mode: what may happen in a thread before a person has approved its plan.

use crate::path::shown;
use crate::{Access, Code, Jail, Refusal, Root, RootKind};

/// Whether a thread works or plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// What is granted may happen.
    #[default]
    Work,
    /// Of what is granted, only what changes nothing.
    Plan,
}

/// What a decided effect does to the world.
#[derive(Clone, Copy, Debug)]
pub enum Touch<'a> {
    /// A file or directory of a root.
    File(Access, &'a Root),
    /// A program in its jail.
    Program(&'a Jail),
    /// A request, and whether it [only looks](crate::NetGrant::only_looks).
    Request(bool),
}

impl Touch<'_> {
    /// Whether everything that stays is left as it is.
    ///
    /// Directories that are made for a call or its thread hold nothing of the company's. A program writes to those of its
    /// call only, so that one whose jail has no way out changes nothing. Of requests, `GET` and `HEAD` promise it, and for
    /// others the operator may.
    pub fn only_looks(self) -> bool {
        match self {
            Self::File(access, root) => {
                matches!(access, Access::Read | Access::List) || !matches!(root.kind, RootKind::Directory(_))
            }
            Self::Program(jail) => jail.is_offline(),
            Self::Request(looks) => looks,
        }
    }
}

impl Mode {
    /// May this happen in a thread of this mode, given that a grant gives it? `plan.mode`. `effect` is for the sentence.
    pub fn permits(self, touch: Touch<'_>, effect: impl FnOnce() -> String) -> Result<(), Refusal> {
        if self == Self::Work || touch.only_looks() {
            return Ok(());
        }
        let message = format!(
            "This thread plans: `{}` would change something, and nothing is changed before a person approves the plan. \
             Call ExitPlanMode with it.",
            shown(&effect())
        );
        Err(Refusal::new(Code::PlanMode, message))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::fixture::policy;
    use crate::{JailLimits, Reach};

    fn jail() -> Jail {
        Jail {
            name: "j".into(),
            net: BTreeSet::new(),
            reach: Reach::Public,
            git: BTreeSet::new(),
            places: BTreeMap::new(),
            system: BTreeSet::new(),
            unix: BTreeSet::new(),
            env: BTreeMap::new(),
            limits: JailLimits::default(),
        }
    }

    #[test]
    fn while_a_thread_plans_whatever_changes_something_is_refused() {
        let repo = policy("").roots["repo"].clone();
        let (offline, online) = (jail(), Jail { net: [("a.example".to_owned(), 443)].into(), ..jail() });
        let wired = Jail { unix: ["/run/a.sock".into()].into(), ..jail() };
        let changes = Access::ALL.iter().filter(|access| !matches!(access, Access::Read | Access::List));
        let files = changes.map(|access| Touch::File(*access, &repo));
        let others = [Touch::Request(false), Touch::Program(&online), Touch::Program(&wired)];
        for touch in files.chain(others) {
            let refusal = Mode::Plan.permits(touch, || "it".into()).unwrap_err();
            assert_eq!(refusal.code, Code::PlanMode, "{touch:?}");
            assert_eq!(Mode::Work.permits(touch, String::new), Ok(()));
        }
        for touch in [
            Touch::File(Access::Read, &repo),
            Touch::File(Access::List, &repo),
            Touch::Request(true),
            Touch::Program(&offline),
        ] {
            assert_eq!(Mode::Plan.permits(touch, || "it".into()), Ok(()), "{touch:?}");
        }
    }
}
