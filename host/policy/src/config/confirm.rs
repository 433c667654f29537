//! `confirm` of a grant: which effects a person has to confirm first.

use std::collections::BTreeSet;
use std::time::Duration;

use toml::Spanned;

use super::check::check_role;
use super::content::check_pointer;
use super::grants::Known;
use super::low;
use super::place::{Fault, distinct};
use crate::RoleName;

/// Who has to say yes before an effect of a grant happens, and when. The default asks nobody. In a grant that gives
/// changes of files it is about those; in one that only gives reading and listing, about these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// Before which effects.
    pub when: ConfirmWhen,
    /// Roles of which one is needed to confirm; never empty unless `when` is `never`.
    pub by: BTreeSet<RoleName>,
    /// Whether somebody else than the person who asked has to confirm.
    pub two_person: bool,
    /// How long the question stands. Default 5 minutes.
    pub ttl: Duration,
    /// What the question shows.
    pub show: ConfirmShow,
    /// What has to be typed, for what can't be undone.
    pub typed: Typed,
}

/// What a person types to confirm. It is taken from what the host saw coming, never from what a plugin says of it: that may
/// be made to look like something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Typed {
    /// Nothing.
    #[default]
    Nothing,
    /// The name of the tool.
    Tool,
    /// This part of the request's path, the first being 1: the address in `/v1.0/users/ann@contoso.example`.
    Path(usize),
    /// The text at this pointer in the request's body.
    Body(String),
}

/// Before which effects a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmWhen {
    /// Before none.
    Never,
    /// Before the first of its shape in a thread.
    First,
    /// Before each in a turn that read something untrusted or sensitive.
    Tainted,
    /// Before each.
    Always,
}

/// What the question shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmShow {
    /// The effect in words, whole: what is done, to what.
    Effect,
    /// What changes in a file; where that is not known beforehand, the effect is refused.
    Diff,
    /// The words of a command, for a grant of the kind `exec` or `script`.
    Argv,
    /// The script that an interpreter gets, for a grant of the kind `shell` or `script`.
    Script,
}

/// Asks nobody: the default.
pub(crate) static NOBODY: Confirm = Confirm {
    when: ConfirmWhen::Never,
    by: BTreeSet::new(),
    two_person: false,
    ttl: Duration::from_secs(300),
    show: ConfirmShow::Effect,
    typed: Typed::Nothing,
};

impl Default for Confirm {
    fn default() -> Self {
        NOBODY.clone()
    }
}

impl Known<'_> {
    /// Checks the `confirm` of a grant of this kind; none means that nobody is asked.
    pub fn confirm(&self, kind: &str, typed: Option<&Spanned<low::Confirm>>) -> Result<Confirm, Fault> {
        let Some(place) = typed else { return Ok(Confirm::default()) };
        let typed = place.as_ref();
        for role in &typed.by {
            check_role(role, |role| self.roles.contains_key(role))?;
        }
        if typed.when != ConfirmWhen::Never && typed.by.is_empty() {
            return Err(Fault::at(place, "`by` names no role; say who may confirm, such as `by = [\"tech\"]`"));
        }
        if typed.when == ConfirmWhen::First && matches!(kind, "exec" | "shell" | "script") {
            let message = "a program is confirmed each time; write `when = \"always\"` or `when = \"tainted\"`";
            return Err(Fault::at(place, message));
        }
        let usual = Confirm::default();
        let show = typed.show.unwrap_or(usual.show);
        let fits = match show {
            ConfirmShow::Effect => true,
            ConfirmShow::Diff => kind == "fs",
            ConfirmShow::Argv => matches!(kind, "exec" | "script"),
            ConfirmShow::Script => matches!(kind, "shell" | "script"),
        };
        if !fits {
            let message =
                format!("a grant of the kind `{kind}` can't show that; leave `show` out to show the effect whole");
            return Err(Fault::at(place, message));
        }
        Ok(Confirm {
            when: typed.when,
            by: distinct(typed.by.clone())?,
            two_person: typed.two_person,
            ttl: typed.ttl.map_or(usual.ttl, |time| time.0),
            show,
            typed: typed.typed.as_ref().map_or(Ok(usual.typed), |typed| read_typed(kind, typed))?,
        })
    }
}

fn read_typed(kind: &str, typed: &Spanned<low::Typed>) -> Result<Typed, Fault> {
    let part = match typed.as_ref() {
        low::Typed::Said(said) => return Ok(if *said { Typed::Tool } else { Typed::Nothing }),
        low::Typed::Part(_) if kind != "net" => {
            return Err(Fault::at(typed, "only requests have parts that can be typed; write `typed = true`"));
        }
        low::Typed::Part(part) => part,
    };
    match (&part.path, &part.body) {
        (Some(path), None) if *path.as_ref() > 0 => Ok(Typed::Path(*path.as_ref())),
        (None, Some(body)) => check_pointer(body).map(|()| Typed::Body(body.as_ref().clone())),
        _ => Err(Fault::at(
            typed,
            "expected which part of the path, from 1 on, or a pointer into the body: { path = 3 } or { body = \"/a/b\" }",
        )),
    }
}
