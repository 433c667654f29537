//! Delegated permissions that reach far, and apps of Microsoft's own.

/// Tenants that Microsoft's own apps belong to.
const MICROSOFT: &[&str] = &["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"];

/// Scopes by their whole name.
const RISKY: &[&str] = &[
    "ews.accessasuser.all",
    "mailboxsettings.readwrite",
    "files.readwrite.all",
    "contacts.read",
    "full_access_as_user",
];
/// Families of scopes.
const RISKY_FAMILIES: &[&str] = &["mail.", "imap.", "pop.", "smtp.", "sites."];
/// What lets an app go on when the user is gone. By itself it reaches nothing.
const LASTING: &str = "offline_access";

/// Whether an app belongs to Microsoft, by its owner's tenant.
pub fn is_microsofts(owner: &str) -> bool {
    MICROSOFT.iter().any(|known| known.eq_ignore_ascii_case(owner))
}

/// The scopes of a grant that reach far, and with them `offline_access`.
pub fn risky(scopes: &str) -> Vec<&str> {
    let risky: Vec<&str> = scopes.split_whitespace().filter(|scope| reaches_far(&scope.to_lowercase())).collect();
    let lasting = scopes.split_whitespace().find(|scope| scope.eq_ignore_ascii_case(LASTING));
    if risky.is_empty() { risky } else { risky.into_iter().chain(lasting).collect() }
}

fn reaches_far(scope: &str) -> bool {
    let directory = scope.starts_with("directory.") && scope.contains("write");
    directory || RISKY.contains(&scope) || RISKY_FAMILIES.iter().any(|family| scope.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_that_reach_far_are_found() {
        for scope in [
            "Mail.Read",
            "Mail.Send",
            "EWS.AccessAsUser.All",
            "IMAP.AccessAsUser.All",
            "POP.AccessAsUser.All",
            "SMTP.Send",
            "MailboxSettings.ReadWrite",
            "Files.ReadWrite.All",
            "Sites.Read.All",
            "Contacts.Read",
            "full_access_as_user",
            "Directory.ReadWrite.All",
            "Directory.AccessAsUser.Write",
        ] {
            assert_eq!(risky(&scope.to_uppercase()).len(), 1, "{scope}");
        }
        for scope in [
            "openid",
            "profile",
            "User.Read",
            "email",
            "offline_access",
            "Calendars.Read",
            "Files.Read",
            "Directory.Read.All",
            "MailboxSettings.Read",
        ] {
            assert!(risky(scope).is_empty(), "{scope}");
        }
        assert_eq!(risky(" Mail.Read openid offline_access"), ["Mail.Read", "offline_access"]);
    }

    #[test]
    fn microsofts_apps_are_known_by_their_owner() {
        assert!(
            is_microsofts("F8CDEF31-A31E-4B4A-93E4-5F571E91255A")
                && !is_microsofts("f8cdef31-a31e-4b4a-93e4-5f571e91255b")
        );
    }
}
