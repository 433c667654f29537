//! The tenants: one for each thing that can happen.

use crate::clock;

/// A tenant by what is the matter with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// Nothing is the matter.
    Clean,
    /// `victim@` was taken over three days ago, and the tenant through her.
    Bec,
    /// As `Bec`, without Entra ID P1 and P2.
    NoP1,
    /// As `Bec`, where the consent lacks permissions.
    NoConsentPartial,
    /// As `Clean`, where every third call is answered with 429.
    Throttled,
    /// As `Bec`, where lists come in three pages with one object twice.
    Paged,
    /// As `Bec`, where Exchange answers nothing.
    ExoDown,
    /// As `Bec`, 50 ms an answer.
    Slow,
    /// As `Clean`, where answers are no answers.
    Malformed,
    /// As `Clean`, where names and subjects are instructions, mentions and links.
    HostileText,
    /// As `Bec`, where the answer to a write never comes.
    WriteTimeout,
    /// Its tokens are for the tenant of `Bec`.
    OtherTenant,
    /// Three hundred mailboxes.
    Large,
    /// One of many: as `Clean`, and every tenth as `Bec`.
    Fleet(u8),
}

/// How many tenants the fleet has.
const FLEET: u8 = 50;

impl Scenario {
    /// All of them but the fleet.
    pub const ALL: [Self; 13] = [
        Self::Clean,
        Self::Bec,
        Self::NoP1,
        Self::NoConsentPartial,
        Self::Throttled,
        Self::Paged,
        Self::ExoDown,
        Self::Slow,
        Self::Malformed,
        Self::HostileText,
        Self::WriteTimeout,
        Self::OtherTenant,
        Self::Large,
    ];

    /// The fleet.
    pub fn fleet() -> impl Iterator<Item = Self> {
        (0..FLEET).map(Self::Fleet)
    }

    /// Every tenant there is.
    pub(super) fn every() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain(Self::fleet())
    }

    /// Such as `no-p1`.
    pub fn name(self) -> String {
        let name = match self {
            Self::Clean => "clean",
            Self::Bec => "bec",
            Self::NoP1 => "no-p1",
            Self::NoConsentPartial => "no-consent-partial",
            Self::Throttled => "throttled",
            Self::Paged => "paged",
            Self::ExoDown => "exo-down",
            Self::Slow => "slow",
            Self::Malformed => "malformed",
            Self::HostileText => "hostile-text",
            Self::WriteTimeout => "write-timeout",
            Self::OtherTenant => "other-tenant",
            Self::Large => "large",
            Self::Fleet(number) => return format!("fleet-{number:02}"),
        };
        name.to_owned()
    }

    /// Its tenant id.
    pub fn tenant(self) -> String {
        clock::id(&format!("tenant {}", self.name()))
    }

    /// Its domain, such as `bec.contoso.example`.
    pub fn domain(self) -> String {
        format!("{}.contoso.example", self.name())
    }

    /// Its first domain, such as `beccontoso.onmicrosoft.com`.
    pub fn initial(self) -> String {
        format!("{}contoso.onmicrosoft.com", self.name().replace('-', ""))
    }

    /// The principal name of somebody in it: `victim`, `helper`, `admin`, `bg`, `cfo`, `info`.
    pub fn upn(self, who: &str) -> String {
        format!("{who}@{}", self.domain())
    }

    /// The object id of that user.
    pub fn user(self, who: &str) -> String {
        clock::id(&format!("{}/user {who}", self.tenant()))
    }
}
