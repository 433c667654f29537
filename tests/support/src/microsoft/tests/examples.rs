//! Objects have the fields that Microsoft's own examples have.

use serde_json::Value;

use super::{fake, get, reader};
use crate::microsoft::Scenario;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/graph-docs");

/// An example, where the same stands here, and fields of it that are of no use to anybody here.
const SAME: &[(&str, &str, &[&str])] = &[
    ("v1.0_mailfolder-list-messagerules_1", "users/U/mailFolders/inbox/messageRules", &[]),
    ("v1.0_signin-list_2", "auditLogs/signIns", &["riskEventTypes"]),
    ("v1.0_directoryaudit-list_1", "auditLogs/directoryAudits", &[]),
    ("v1.0_riskdetection-list_1", "identityProtection/riskDetections", &[]),
    ("v1.0_riskyuser-list_1", "identityProtection/riskyUsers", &[]),
    ("v1.0_user-list-approleassignments_1", "users/U/appRoleAssignments", &["deletedDateTime"]),
    ("v1.0_oauth2permissiongrant-list_1", "oauth2PermissionGrants", &[]),
    ("v1.0_subscribedsku-list_1", "subscribedSkus", &[]),
    ("v1.0_conditionalaccessroot-list-policies_1", "identity/conditionalAccess/policies", &[]),
    ("v1.0_domain-list_1", "domains", &["availabilityStatus"]),
    ("v1.0_user-list-mailfolders_1", "users/U/mailFolders", &["isSupported", "filterQuery"]),
];

/// The fields of the objects of a list.
fn fields(list: &Value) -> Vec<&String> {
    list["value"].as_array().into_iter().flatten().filter_map(Value::as_object).flat_map(|one| one.keys()).collect()
}

#[tokio::test]
async fn every_field_of_an_example_stands_here() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Bec).await;
    for (example, path, unused) in SAME {
        let Ok(bytes) = std::fs::read(format!("{EXAMPLES}/{example}.json")) else {
            return;
        };
        let example: Value = serde_json::from_slice(&bytes).unwrap();
        let path = path.replace("/U/", &format!("/{}/", Scenario::Bec.user("victim")));
        let here = get(&fake, &token, &format!("/v1.0/{path}")).await;
        let here = fields(&here.body);
        let missing =
            fields(&example).into_iter().filter(|field| !field.starts_with("@odata") && !here.contains(field));
        let missing: Vec<_> = missing.filter(|field| !unused.contains(&field.as_str())).collect();
        assert!(missing.is_empty(), "{path} lacks {missing:?}");
    }
}
