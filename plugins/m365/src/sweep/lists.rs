//! Lists that rules read, as data beside the code.

use std::collections::BTreeSet;

use super::rows::{Grant, Role, ServicePrincipal};
use crate::scopes;

/// The role template of Global Administrator; it is the same in every tenant.
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

const ADMINISTRATOR_ROLES: &str = include_str!("lists/administrator_roles.txt");
const RISKY_APP_PERMISSIONS: &str = include_str!("lists/risky_app_permissions.txt");
const PUBLIC_MAIL_DOMAINS: &str = include_str!("lists/public_mail_domains.txt");

/// The lines of a list, in words, without comments.
fn lines(list: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    list.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_whitespace().collect())
}

/// The name of a role that administrates, by its template.
pub fn administrator_role(template: &str) -> Option<String> {
    let role = lines(ADMINISTRATOR_ROLES).find(|words| words.first() == Some(&template))?;
    Some(role.get(1..)?.join(" "))
}

/// The ids of principals that hold a role that administrates.
pub fn administrators(roles: &[Role]) -> BTreeSet<String> {
    let administrate = roles.iter().filter(|role| administrator_role(&role.role_definition_id).is_some());
    administrate.map(|role| role.principal_id.clone()).collect()
}

/// The name of an application permission of risk high or critical, by the id of its app role.
pub fn risky_permission(app_role: &str) -> Option<&'static str> {
    lines(RISKY_APP_PERMISSIONS).find(|words| words.first() == Some(&app_role))?.get(2).copied()
}

/// Whether anybody can have an address of this domain.
pub fn is_public_mail(domain: &str) -> bool {
    lines(PUBLIC_MAIL_DOMAINS).any(|words| words.first().is_some_and(|known| known.eq_ignore_ascii_case(domain)))
}

impl Grant {
    /// The scopes that are risky.
    pub fn risky_scopes(&self) -> Vec<&str> {
        scopes::risky(self.scope.as_deref().unwrap_or_default())
    }
}

impl ServicePrincipal {
    pub fn is_microsofts(&self) -> bool {
        self.app_owner_organization_id.as_deref().is_some_and(scopes::is_microsofts)
    }

    /// Whether it belongs to another organization than the tenant and Microsoft.
    pub fn is_foreign(&self, tenant: &str) -> bool {
        // A managed identity has no owner: it is the tenant's.
        let owner = self.app_owner_organization_id.as_deref();
        owner.is_some_and(|owner| !scopes::is_microsofts(owner) && !owner.eq_ignore_ascii_case(tenant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_whole() {
        assert_eq!(lines(RISKY_APP_PERMISSIONS).count(), 124);
        assert!(
            lines(RISKY_APP_PERMISSIONS)
                .all(|words| words.len() == 3 && words[0].len() == 36 && matches!(words[1], "H" | "C"))
        );
        assert!(lines(ADMINISTRATOR_ROLES).all(|words| words.len() >= 2 && words[0].len() == 36));
        assert!(lines(PUBLIC_MAIL_DOMAINS).all(|words| words.len() == 1 && words[0].contains('.')));
    }

    #[test]
    fn entries_are_found_by_their_ids() {
        assert_eq!(administrator_role(GLOBAL_ADMINISTRATOR).as_deref(), Some("Global Administrator"));
        assert_eq!(administrator_role("88d8e3e3-8f55-4a1e-953a-9b9898b8876b"), None, "Directory Readers");
        assert_eq!(risky_permission("e2a3a72e-5f79-4c64-b1b1-878b674786c9"), Some("Mail.ReadWrite"));
        assert_eq!(
            risky_permission("40f97065-369a-49f4-947c-6a255697ae91"),
            None,
            "MailboxSettings.Read is of low risk"
        );
        assert!(is_public_mail("Gmail.com") && !is_public_mail("contoso.example"));
    }
}
