//! TS-34 and TS-35: licences and devices.

use claudetools_graph::envelope::Severity::{Info, Low};
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::rule::Rule;
use crate::sweep::known::Known;
use crate::sweep::rows::{Device, ManagedDevice, Sku};
use crate::sweep::source::{DEVICES as ALL_DEVICES, MANAGED_DEVICES, SKUS};

const OVERUSED: Rule =
    Rule::new("TS-34.R1", Info, "More licences used than bought", "Some users will lose what they use.");
const UNUSED: Rule = Rule::new("TS-34.R2", Info, "Licences that nobody uses", "They are paid for.");

pub const LICENCES: Check = Check {
    id: "TS-34",
    title: "Licences",
    profile: Profile::Hygiene,
    scuba: &[],
    plan: None,
    sources: &[&SKUS],
    rules: &[&OVERUSED, &UNUSED],
    parts: &[licences],
};

fn licences(known: &Known) -> Found {
    let skus = known.rows::<Sku>(&SKUS)?.into_iter().filter(|sku| sku.capability_status.as_deref() == Some("Enabled"));
    let found = skus.filter_map(|sku| {
        let free = sku.prepaid_units.enabled - sku.consumed_units;
        let rule = match free {
            0 => return None,
            ..0 => &OVERUSED,
            _ => &UNUSED,
        };
        let evidence = json!({ "bought": sku.prepaid_units.enabled, "used": sku.consumed_units });
        Some(rule.about(sku.sku_part_number, evidence))
    });
    Ok(found.collect())
}

/// Days after which a device is one that nobody has any more.
pub const STALE_DEVICE_DAYS: i64 = 180;

const STALE: Rule = Rule::new(
    "TS-35.R1",
    Low,
    "Devices that were not seen for 180 days",
    "A lost device keeps what it may do until it is taken away.",
);
const NEW: Rule = Rule::new(
    "TS-35.R2",
    Info,
    "New devices",
    "A device that an attacker registers satisfies policies that ask for one.",
)
.mitre(&["T1098.005"]);
const NONCOMPLIANT: Rule =
    Rule::new("TS-35.R3", Low, "Devices that are not compliant", "Intune knows that something is missing on them.");

pub const DEVICES: Check = Check {
    id: "TS-35",
    title: "Devices",
    profile: Profile::Hygiene,
    scuba: &["AAD.3.7"],
    plan: None,
    sources: &[&ALL_DEVICES, &MANAGED_DEVICES],
    rules: &[&STALE, &NEW, &NONCOMPLIANT],
    parts: &[registered, managed],
};

fn registered(known: &Known) -> Found {
    let devices = known.rows::<Device>(&ALL_DEVICES)?;
    let names = |wanted: &dyn Fn(&&Device) -> bool| {
        devices.iter().filter(wanted).map(|device| device.shown().to_owned()).collect()
    };
    let is_stale = |device: &&Device| {
        let seen = device.approximate_last_sign_in_date_time;
        device.account_enabled != Some(false) && seen.is_some_and(|at| known.older(at, STALE_DEVICE_DAYS))
    };
    let mut found = STALE.about_all(names(&is_stale));
    found.extend(NEW.about_all(names(&|device| known.in_window(device.registration_date_time))));
    Ok(found)
}

fn managed(known: &Known) -> Found {
    let devices = known.licensed::<ManagedDevice>(&MANAGED_DEVICES)?.into_iter();
    let bad = devices.filter(|device| device.compliance_state == "noncompliant");
    Ok(NONCOMPLIANT.about_all(bad.map(|device| device.device_name.unwrap_or_else(|| "unnamed".into())).collect()))
}

impl Device {
    fn shown(&self) -> &str {
        self.display_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }
}
