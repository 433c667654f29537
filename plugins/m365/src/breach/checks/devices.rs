//! BC-18: devices of the user.

use std::collections::BTreeSet;

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{High, Medium};
use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rows::{Rows, moment};
use crate::rule::Rule;

const DEVICE: &[&str] = &["T1098.005"];
const NEW: Rule =
    Rule::new("R1", Medium, "New device", "A registered device keeps a session that outlives a new password.")
        .mitre(DEVICE);
const NEW_AND_CLOSE: Rule = Rule::new(
    "R1",
    High,
    "New device near a suspicious sign-in, or with a name unlike the client's",
    "Attackers register a device of their own to keep the session.",
)
.mitre(DEVICE);
const ENROLLED: Rule =
    Rule::new("R2", Medium, "New device in Intune", "Ask the owner whether it is theirs.").mitre(DEVICE);

/// The letters and digits that Windows puts behind `DESKTOP-`.
const RANDOM: usize = 7;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    id: String,
    display_name: Option<String>,
    operating_system: Option<String>,
    trust_type: Option<String>,
    is_compliant: Option<bool>,
    is_managed: Option<bool>,
    #[serde(default, deserialize_with = "moment")]
    registration_date_time: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Managed {
    device_name: Option<String>,
    operating_system: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    enrolled_date_time: Option<Timestamp>,
}

pub fn judge(case: &Case, known: &Known) -> Judged {
    let (registered, owned): (Rows<Device>, Rows<Device>) = (case.rows(Source::Registered), case.rows(Source::Owned));
    let managed: Rows<Managed> = case.rows(Source::Managed);
    let unread = registered.unread + owned.unread + managed.unread;
    let mut seen = BTreeSet::new();
    let devices: Vec<Device> =
        registered.read.into_iter().chain(owned.read).filter(|device| seen.insert(device.id.clone())).collect();
    let is_pattern = names_differ(&devices, case);
    let new = devices.iter().filter(|device| case.is_new(device.registration_date_time));
    let mut findings: Vec<Finding> = new.map(|device| of_device(device, is_pattern, known)).collect();
    findings.extend(managed.read.iter().filter(|device| case.is_new(device.enrolled_date_time)).map(|device| {
        ENROLLED
            .found(json!({ "device": device.device_name, "system": device.operating_system }))
            .at(device.enrolled_date_time)
    }));
    Judged::of(findings).unread(unread)
}

fn of_device(device: &Device, named_otherwise: bool, known: &Known) -> Finding {
    let close = device.registration_date_time.is_some_and(|at| known.is_close(at));
    let odd = named_otherwise && device.display_name.as_deref().is_some_and(is_random);
    let rule = if close || odd { &NEW_AND_CLOSE } else { &NEW };
    let facts = json!({
        "device": device.display_name, "system": device.operating_system, "trust": device.trust_type, "managed": device.is_managed,
        "compliant": device.is_compliant,
    });
    rule.found(facts).at(device.registration_date_time).step("disable_device", json!({ "id": device.id }))
}

/// Whether the devices from before the window have names of another kind than those that Windows makes up.
fn names_differ(devices: &[Device], case: &Case) -> bool {
    let mut old = devices
        .iter()
        .filter(|device| !case.is_new(device.registration_date_time))
        .filter_map(|device| device.display_name.as_deref())
        .peekable();
    old.peek().is_some() && old.all(|name| !is_random(name))
}

/// A name that Windows made up: `DESKTOP-4F7K2QX`.
fn is_random(name: &str) -> bool {
    let random = |rest: &str| {
        rest.len() == RANDOM && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    name.strip_prefix("DESKTOP-").is_some_and(random)
}
