//! Applications: one that is known for this, one that nobody knows, and one with rights of its own.

use serde_json::json;

use super::super::applications::{assign, grant, permit, principal};
use super::super::signing::audit;
use super::since;
use crate::microsoft::tenant::Tenant;

/// `Mail.ReadWrite` of Graph, as an application permission.
const MAIL_READ_WRITE: &str = "e2a3a72e-5f79-4c64-b1b1-878b674786c9";

pub(super) fn fill(tenant: &mut Tenant) {
    let made = json!({"createdDateTime": tenant.ago(since(60))});
    principal(tenant, "PerfectData Software", "ff8d92dc-3d82-41d6-bcbd-b9174d163620", made.clone());
    grant(
        tenant,
        "PerfectData Software",
        Some("victim"),
        "Mail.ReadWrite Mail.Send offline_access EWS.AccessAsUser.All",
    );
    assign(tenant, "PerfectData Software", "victim", since(60));
    audit(tenant, "victim", "Consent to application", "PerfectData Software", since(60), json!({}));
    audit(tenant, "victim", "Add delegated permission grant", "PerfectData Software", since(60), json!({}));
    let app = tenant.key("app scanner");
    principal(tenant, "Document Scanner", &app, made.clone());
    grant(tenant, "Document Scanner", None, "Mail.Read Files.ReadWrite.All offline_access");
    let app = tenant.key("app sync");
    principal(tenant, "Mail Sync", &app, made);
    permit(tenant, "Mail Sync", MAIL_READ_WRITE, since(65));
    audit(tenant, "victim", "Add app role assignment to service principal", "Mail Sync", since(65), json!({}));
    credentials(tenant);
}

/// A secret more for an application that was there.
fn credentials(tenant: &mut Tenant) {
    let id = tenant.key("application intranet");
    let until = crate::clock::ago(tenant.now, -60 * 24 * 365 * 10);
    let secret = json!({
        "keyId": tenant.key("secret of the attacker"), "displayName": "backup", "hint": "xyz",
        "startDateTime": tenant.ago(since(70)), "endDateTime": until,
    });
    if let Some(secrets) = tenant.one("applications", &id).and_then(|app| app["passwordCredentials"].as_array_mut()) {
        secrets.push(secret);
    }
    let what = "Update application – Certificates and secrets management ";
    audit(tenant, "victim", what.trim(), "Intranet", since(70), json!({}));
    audit(tenant, "victim", "Add service principal credentials", "Intranet", since(71), json!({}));
}
