//! Exchange Online: the cmdlet proxy, and the supported Admin API where it suffices.

use serde_json::{Value, json};

use crate::Ask;
use crate::encode::encoded;

/// The mailbox that stands for the organization where a cmdlet is about no mailbox.
const SYSTEM: &str = "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@{tenant}";
/// Cmdlets that the supported Admin API has, with their endpoints. It has neither inbox nor transport rules.
const SUPPORTED: &[(&str, &str)] = &[
    ("Get-AcceptedDomain", "AcceptedDomain"),
    ("Get-DistributionGroupMember", "DistributionGroupMember"),
    ("Get-DynamicDistributionGroupMember", "DynamicDistributionGroupMember"),
    ("Get-Mailbox", "Mailbox"),
    ("Get-MailboxFolderPermission", "MailboxFolderPermission"),
    ("Get-OrganizationConfig", "OrganizationConfig"),
];

/// How Exchange is asked in a tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Whether the app has `Exchange.ManageAsAppV2`, so that the supported Admin API is preferred.
    pub supported: bool,
}

impl Exchange {
    /// What a cmdlet says about the organization. The reply's `items` are its objects.
    pub fn about_organization(self, cmdlet: &str, parameters: Value) -> Ask {
        self.ask(cmdlet, parameters, SYSTEM.to_owned())
    }

    /// What a cmdlet says about a mailbox, named by its UPN.
    pub fn about_mailbox(self, cmdlet: &str, mailbox: &str, parameters: Value) -> Ask {
        // A header takes visible ASCII only.
        let anchor =
            if mailbox.bytes().all(|byte| byte.is_ascii_graphic()) { mailbox.to_owned() } else { encoded(mailbox) };
        self.ask(cmdlet, parameters, anchor)
    }

    fn ask(self, cmdlet: &str, parameters: Value, anchor: String) -> Ask {
        let body = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}});
        let endpoint = SUPPORTED.iter().find(|(known, _)| self.supported && *known == cmdlet);
        let path = match endpoint {
            Some((_, endpoint)) => format!("/adminapi/v2.0/{{tenant}}/{endpoint}"),
            None => "/adminapi/beta/{tenant}/InvokeCommand".to_owned(),
        };
        Ask::exchange(path, cmdlet, anchor, body)
    }
}

/// What Exchange says in an error: the most telling of the places where it may stand.
pub(crate) fn error_text(body: &Value) -> &str {
    const PLACES: &[&str] =
        &["/error/details/0/message", "/error/innererror/internalException/message", "/error/message"];
    PLACES.iter().find_map(|place| body.pointer(place)?.as_str().filter(|text| !text.is_empty())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Places;

    #[test]
    fn the_supported_api_is_taken_where_it_suffices() {
        let url = |supported, cmdlet| {
            Exchange { supported }.about_organization(cmdlet, json!({})).url(&Places::default(), "T")
        };
        assert_eq!(url(true, "Get-Mailbox"), "https://outlook.office365.com/adminapi/v2.0/T/Mailbox");
        assert_eq!(url(false, "Get-Mailbox"), "https://outlook.office365.com/adminapi/beta/T/InvokeCommand");
        assert_eq!(url(true, "Get-InboxRule"), "https://outlook.office365.com/adminapi/beta/T/InvokeCommand");
    }

    #[test]
    fn the_request_names_the_cmdlet_and_the_mailbox() {
        let ask = Exchange::default().about_mailbox(
            "Get-InboxRule",
            "ann@contoso.example",
            json!({"Mailbox": "ann@contoso.example"}),
        );
        let request = ask.request(String::new(), "T");
        insta::assert_snapshot!(String::from_utf8(request.body).unwrap(), @r#"{"CmdletInput":{"CmdletName":"Get-InboxRule","Parameters":{"Mailbox":"ann@contoso.example"}}}"#);
        let anchor = request.headers.iter().find(|(name, _)| name == "x-anchormailbox");
        assert_eq!(anchor.unwrap().1, "ann@contoso.example");
        let request =
            Exchange::default().about_organization("Get-OrganizationConfig", json!({})).request(String::new(), "T");
        let anchor = request.headers.iter().find(|(name, _)| name == "x-anchormailbox");
        assert_eq!(anchor.unwrap().1, "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@T");
    }

    #[test]
    fn the_most_telling_text_is_taken() {
        let mut body = json!({"error": {"message": "c"}});
        assert_eq!(error_text(&body), "c");
        body["error"]["innererror"] = json!({"internalException": {"message": "b"}});
        assert_eq!(error_text(&body), "b");
        body["error"]["details"] = json!([{"message": "a"}]);
        assert_eq!(error_text(&body), "a");
        assert_eq!(error_text(&json!(null)), "");
    }
}
