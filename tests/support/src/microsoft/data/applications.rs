//! Applications, their service principals, and what they were granted.

use serde_json::{Value, json};

use crate::microsoft::tenant::{Tenant, merge};

/// Microsoft's own tenant.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
pub(super) const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

pub(super) fn fill(tenant: &mut Tenant) {
    principal(tenant, "Microsoft Graph", GRAPH, json!({"appOwnerOrganizationId": MICROSOFT}));
    let office = json!({"appOwnerOrganizationId": MICROSOFT, "publisherName": "Microsoft Services"});
    principal(tenant, "Office 365", "d3590ed6-52b3-4102-aeff-aad2292ab01c", office);
    let publisher = json!({
        "displayName": "Fabrikam", "verifiedPublisherId": "4711", "addedDateTime": tenant.ago(60 * 24 * 400),
    });
    let planner = json!({"verifiedPublisher": publisher, "publisherName": "Fabrikam"});
    let id = tenant.key("app planner");
    principal(tenant, "Fabrikam Planner", &id, planner);
    grant(tenant, "Fabrikam Planner", Some("victim"), "User.Read openid profile");
    grant(tenant, "Office 365", None, "User.Read Mail.ReadWrite Files.ReadWrite.All");
    let expires = crate::clock::ago(tenant.now, -60 * 24 * 90);
    let secret = json!([{
        "keyId": tenant.key("secret intranet"), "displayName": "intranet", "hint": "abc",
        "startDateTime": tenant.ago(60 * 24 * 200), "endDateTime": expires,
    }]);
    let application = json!({
        "id": tenant.key("application intranet"), "appId": tenant.key("app intranet"), "displayName": "Intranet",
        "createdDateTime": tenant.ago(60 * 24 * 400), "signInAudience": "AzureADMyOrg", "passwordCredentials": secret,
        "keyCredentials": [],
    });
    tenant.put("applications", application);
}

/// Adds a service principal; it is foreign, unverified and a year old unless the fields say otherwise.
pub(super) fn principal(tenant: &mut Tenant, name: &str, app: &str, fields: Value) -> String {
    let id = tenant.key(&format!("sp {name}"));
    let mut value = json!({
        "id": id, "appId": app, "displayName": name, "appDisplayName": name, "accountEnabled": true,
        "appOwnerOrganizationId": "99999999-8888-4777-8666-555555555555", "publisherName": null,
        "verifiedPublisher": {"displayName": null, "verifiedPublisherId": null, "addedDateTime": null},
        "createdDateTime": tenant.ago(60 * 24 * 365), "replyUrls": ["https://app.fabrikam.example/auth"],
        "servicePrincipalType": "Application", "signInAudience": "AzureADMultipleOrgs", "passwordCredentials": [],
        "keyCredentials": [], "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
    });
    merge(&mut value, &fields);
    tenant.put("servicePrincipals", value);
    id
}

/// Grants an application what somebody may do, or everybody.
pub(super) fn grant(tenant: &mut Tenant, name: &str, who: Option<&str>, scope: &str) -> String {
    let id = tenant.key(&format!("grant {name} {who:?}")).replace('-', "");
    let value = json!({
        "id": id, "clientId": tenant.key(&format!("sp {name}")), "resourceId": tenant.key("sp Microsoft Graph"),
        "consentType": if who.is_some() { "Principal" } else { "AllPrincipals" },
        "principalId": who.map(|who| tenant.key(&format!("user {who}"))), "scope": scope,
    });
    tenant.put("oauth2PermissionGrants", value);
    id
}

/// Assigns somebody to an application, so many minutes ago.
pub(super) fn assign(tenant: &mut Tenant, name: &str, who: &str, minutes: i64) {
    let user = tenant.key(&format!("user {who}"));
    let value = json!({
        "id": tenant.key(&format!("app role {name} {who}")).replace('-', ""), "principalId": user, "principalType": "User",
        "appRoleId": "00000000-0000-0000-0000-000000000000", "createdDateTime": tenant.ago(minutes),
        "principalDisplayName": who, "resourceDisplayName": name, "resourceId": tenant.key(&format!("sp {name}")),
    });
    tenant.put(&format!("users/{user}/appRoleAssignments"), value);
}

/// Gives an application a permission of its own in Graph, so many minutes ago.
pub(super) fn permit(tenant: &mut Tenant, name: &str, role: &str, minutes: i64) {
    let principal = tenant.key(&format!("sp {name}"));
    let value = json!({
        "id": tenant.key(&format!("permission {name} {role}")).replace('-', ""), "principalId": principal,
        "principalType": "ServicePrincipal", "principalDisplayName": name, "appRoleId": role,
        "createdDateTime": tenant.ago(minutes), "resourceDisplayName": "Microsoft Graph",
        "resourceId": tenant.key("sp Microsoft Graph"),
    });
    tenant.put(&format!("servicePrincipals/{principal}/appRoleAssignments"), value);
}
