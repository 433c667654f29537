//! Devices.

use serde_json::json;

use crate::microsoft::tenant::Tenant;

pub(super) fn fill(tenant: &mut Tenant) {
    for who in ["victim", "helper", "cfo"] {
        device(tenant, who, &format!("CONTOSO-{}", who.to_uppercase()), 60 * 24 * 300, true);
    }
}

/// Adds somebody's device, registered so many minutes ago.
pub(super) fn device(tenant: &mut Tenant, who: &str, name: &str, minutes: i64, managed: bool) {
    let (id, user) = (tenant.key(&format!("device object {name}")), tenant.key(&format!("user {who}")));
    let value = json!({
        "id": id, "deviceId": tenant.key(&format!("device {name}")), "displayName": name, "accountEnabled": true,
        "operatingSystem": "Windows", "operatingSystemVersion": "10.0.26100.2314", "isCompliant": managed,
        "isManaged": managed, "trustType": if managed { "AzureAd" } else { "Workplace" },
        "registrationDateTime": tenant.ago(minutes), "approximateLastSignInDateTime": tenant.ago(minutes.min(600)),
    });
    tenant.put("devices", value);
    for list in ["registeredDevices", "ownedDevices"] {
        tenant.put(&format!("users/{user}/{list}"), json!({"id": id}));
    }
    if managed {
        let value = json!({
            "id": tenant.key(&format!("managed {name}")), "userId": user, "userPrincipalName": tenant.upn(who),
            "deviceName": name, "azureADDeviceId": tenant.key(&format!("device {name}")), "operatingSystem": "Windows",
            "complianceState": "compliant", "enrolledDateTime": tenant.ago(minutes), "lastSyncDateTime": tenant.ago(60),
            "managedDeviceOwnerType": "company", "serialNumber": "FAKE0001",
        });
        tenant.put("deviceManagement/managedDevices", value);
    }
}
