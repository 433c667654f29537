//! The checks: what each reads, and what it finds.

mod access;
mod apps;
mod devices;
mod forwarding;
mod methods;
mod outbound;
mod password;
mod removed;
mod replies;
mod risk;
mod rules;
mod signins;
mod subject;
mod trail;

use claudetools_graph::Gap;
use claudetools_graph::envelope::Finding;

use super::case::Case;
use super::input::Depth;
use super::known::Known;
use super::source::Source;

pub use password::changed_after;
pub use signins::addresses;
pub use subject::privileged;

/// What kind of trace a check looks for. Findings of different kinds back each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The mailbox.
    Mail,
    /// The account.
    Identity,
    /// Apps with access.
    Apps,
    /// Who signed in.
    SignIn,
}

/// One check.
pub struct Row {
    /// `BC-02`.
    pub id: &'static str,
    /// What it looks at.
    pub title: &'static str,
    /// What kind of trace it looks for.
    pub family: Family,
    /// Whether nothing can be said without it.
    pub decisive: bool,
    /// The least depth at which it runs.
    pub depth: Depth,
    /// Answers without which it did not run.
    pub needs: &'static [Source],
    /// Answers that make it better; without one it says so.
    pub helps: &'static [Source],
    /// What it finds.
    pub judge: fn(&Case, &Known) -> Judged,
}

/// What a check makes of the answers.
#[derive(Debug, Default)]
pub struct Judged {
    /// What it found.
    pub findings: Vec<Finding>,
    /// What is to be known about it.
    pub note: Option<String>,
    /// How many rows could not be read.
    pub unread: usize,
    /// Why it could not judge although the answers came.
    pub gap: Option<Gap>,
}

impl Judged {
    fn of(findings: Vec<Finding>) -> Self {
        Self { findings, ..Self::default() }
    }

    fn unread(self, unread: usize) -> Self {
        Self { unread: self.unread + unread, ..self }
    }

    fn noted(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }
}

const fn row(
    id: &'static str,
    title: &'static str,
    family: Family,
    needs: &'static [Source],
    judge: fn(&Case, &Known) -> Judged,
) -> Row {
    Row { id, title, family, decisive: false, depth: Depth::Quick, needs, helps: &[], judge }
}

impl Row {
    const fn decisive(self) -> Self {
        Self { decisive: true, ..self }
    }

    const fn from(self, depth: Depth) -> Self {
        Self { depth, ..self }
    }

    const fn helped(self, helps: &'static [Source]) -> Self {
        Self { helps, ..self }
    }
}

/// Every check, by its number.
pub static ROWS: &[Row] = &[
    row("BC-00", "Subject and context", Family::Identity, &[Source::Roles], subject::judge),
    row("BC-01", "Inbox rules (Graph)", Family::Mail, &[Source::GraphRules], rules::of_graph)
        .decisive()
        .helped(&[Source::Folders]),
    row("BC-02", "Inbox rules (Exchange, hidden ones too)", Family::Mail, &[Source::ExchangeRules], rules::of_exchange)
        .decisive()
        .helped(&[Source::SweepRules, Source::GraphRules]),
    row(
        "BC-03",
        "Mailbox forwarding and auditing",
        Family::Mail,
        &[Source::Mailbox, Source::AuditBypass],
        forwarding::judge,
    )
    .decisive()
    .helped(&[Source::Recipient]),
    row(
        "BC-04",
        "Delegates",
        Family::Mail,
        &[Source::MailboxPermission, Source::RecipientPermission, Source::Mailbox, Source::InboxPermission],
        access::judge,
    )
    .from(Depth::Standard)
    .helped(&[Source::SentPermission, Source::CalendarPermission]),
    row("BC-05", "Automatic replies", Family::Mail, &[Source::MailboxSettings], replies::judge).from(Depth::Standard),
    row("BC-06", "Protocols and phones", Family::Mail, &[Source::ClientAccess], access::protocols)
        .from(Depth::Standard)
        .helped(&[Source::Phones]),
    row("BC-07", "Apps that the user let in", Family::Apps, &[Source::Grants, Source::Apps], apps::grants).decisive(),
    row("BC-08", "Assigned apps", Family::Apps, &[Source::AppRoles], apps::assignments).from(Depth::Standard),
    row("BC-09", "Authentication methods", Family::Identity, &[Source::Methods], methods::judge).decisive(),
    row("BC-10", "Password", Family::Identity, &[Source::AuditsAbout], password::judge).from(Depth::Standard),
    row("BC-11", "Sign-ins: countries", Family::SignIn, &[Source::SignIns], signins::location)
        .decisive()
        .helped(&[Source::NamedLocations]),
    row("BC-12", "Sign-ins: legacy authentication", Family::SignIn, &[Source::SignIns], signins::legacy),
    row("BC-13", "Sign-ins: impossible travel", Family::SignIn, &[Source::SignIns], signins::travel)
        .helped(&[Source::NamedLocations, Source::BetaSignIns]),
    row("BC-14", "Sign-ins: guessed passwords", Family::SignIn, &[Source::SignIns], signins::guessing),
    row("BC-15", "Sign-ins: relays, device codes, tools", Family::SignIn, &[Source::SignIns], signins::tools)
        .helped(&[Source::BetaSignIns, Source::BetaProgramSignIns]),
    row("BC-16", "Sign-ins: anonymisers and hosting", Family::SignIn, &[Source::SignIns], signins::origins),
    row("BC-17", "Identity Protection", Family::Identity, &[Source::RiskyUser, Source::RiskDetections], risk::judge)
        .from(Depth::Standard),
    row("BC-18", "Devices", Family::Identity, &[Source::Registered, Source::Owned], devices::judge)
        .from(Depth::Standard)
        .helped(&[Source::Managed]),
    row(
        "BC-19",
        "Audit trail of the directory",
        Family::Identity,
        &[Source::AuditsAbout, Source::AuditsBy],
        trail::directory,
    )
    .from(Depth::Standard),
    row("BC-19b", "Audit trail of the mailbox", Family::Mail, &[Source::MailboxAudit], trail::mailbox)
        .from(Depth::Deep),
    row("BC-20", "Outgoing mail", Family::Mail, &[Source::Traces], outbound::judge).from(Depth::Standard),
    row("BC-21", "Blocked as a sender", Family::Mail, &[Source::Blocked], outbound::blocked).from(Depth::Standard),
    row("BC-22", "Deleted mail", Family::Mail, &[Source::Deleted, Source::Recoverable], removed::judge)
        .from(Depth::Deep),
];
