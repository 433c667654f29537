//! Who calls, and from where.

use std::collections::BTreeSet;

/// A person, as a front knows them: `discord:1234`, `console:local`, `cli:local`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct MemberId(pub String);

/// A role's name, as in `[roles]` of `plugins.toml`.
pub type RoleName = String;

/// What started a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A person asked for exactly this call.
    User,
    /// The model asked for it in a turn.
    Model,
}

impl Origin {
    /// The word for it in `plugins.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Model => "model",
        }
    }

    /// Who calls, as a message says it.
    pub(crate) fn who(self) -> &'static str {
        match self {
            Self::User => "a person directly",
            Self::Model => "the model",
        }
    }
}

/// On whose authority a call is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person whose turn it is.
    pub member: MemberId,
    /// Their roles, with everything those include, as [`crate::Policy::roles_of`] gives them.
    pub roles: BTreeSet<RoleName>,
    /// Whether the person or the model made the call.
    pub origin: Origin,
}
