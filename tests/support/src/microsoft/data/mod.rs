//! What stands in the tenants.

mod applications;
mod bec;
mod devices;
mod hostile;
mod large;
mod mailboxes;
mod names;
mod organisation;
mod people;
mod policies;
mod signing;

use std::time::Duration;

use time::OffsetDateTime;

use super::conduct::{Conduct, Damage, Premium};
use super::scenario::Scenario;
use super::tenant::Tenant;

/// A tenant with its data and its conduct.
pub(super) fn tenant(scenario: Scenario, now: OffsetDateTime) -> Tenant {
    let mut tenant = Tenant::new(scenario, now);
    for part in [
        people::fill,
        mailboxes::fill,
        signing::fill,
        applications::fill,
        devices::fill,
        policies::fill,
        organisation::fill,
        names::fill,
    ] {
        part(&mut tenant);
    }
    match scenario {
        Scenario::Clean | Scenario::Throttled | Scenario::Malformed | Scenario::OtherTenant => {}
        Scenario::Fleet(number) if number % 10 != 0 => {}
        Scenario::HostileText => hostile::fill(&mut tenant),
        Scenario::Large => large::fill(&mut tenant),
        _ => bec::fill(&mut tenant),
    }
    tenant.conduct = conduct(scenario);
    if scenario == Scenario::NoP1 {
        people::only_basic(&mut tenant);
    }
    tenant
}

fn conduct(scenario: Scenario) -> Conduct {
    let usual = Conduct::default();
    match scenario {
        Scenario::NoP1 => Conduct { premium: Premium::Free, ..usual },
        Scenario::NoConsentPartial => {
            let withheld =
                ["AuditLog.Read.All", "MailboxSettings.Read", "IdentityRiskyUser.Read.All", "Directory.Read.All"];
            Conduct { withheld: withheld.iter().map(|name| (*name).to_owned()).collect(), ..usual }
        }
        Scenario::Throttled => Conduct { throttle_every: 3, ..usual },
        Scenario::Paged => Conduct { paged: true, ..usual },
        Scenario::ExoDown => Conduct { exchange_down: true, ..usual },
        Scenario::Slow => Conduct { latency: Duration::from_millis(50), ..usual },
        Scenario::Malformed => Conduct { damage: damage(), ..usual },
        Scenario::WriteTimeout => Conduct { lose_answers: true, ..usual },
        Scenario::OtherTenant => Conduct { token_of: Some(Scenario::Bec), ..usual },
        _ => usual,
    }
}

/// One answer of every kind that is none, and the licences and the organisation whole: the checks must begin.
fn damage() -> Vec<(String, Damage)> {
    let spoilt = [
        ("/messagerules", Damage::Truncated),
        ("/authentication/methods", Damage::WrongTypes),
        ("/oauth2permissiongrants", Damage::Nulls),
        ("/mailboxsettings", Damage::Html),
        ("/auditlogs/signins", Damage::Nulls),
        ("/auditlogs/directoryaudits", Damage::Truncated),
        ("/conditionalaccess/policies", Damage::Nulls),
        ("/policies/authorizationpolicy", Damage::WrongTypes),
        ("get-inboxrule", Damage::Truncated),
        ("get-mailbox", Damage::Nulls),
        ("get-transportrule", Damage::WrongTypes),
    ];
    spoilt.iter().map(|(part, damage)| ((*part).to_owned(), *damage)).collect()
}
