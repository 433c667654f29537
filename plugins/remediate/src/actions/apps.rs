//! Apps and what they were given; devices.

use claudetools_graph::encode::encoded;
use claudetools_graph::text::quoted;
use claudetools_graph::{Ask, Class, Tenant};
use claudetools_kit::Failure;
use serde_json::{Value, json};

use super::user::{only, user};
use crate::input::{Input, needed};
use crate::plan::{Action, Plan, Read, unread};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        tool: "remove_oauth_grant",
        does: "take an app's delegated permissions away",
        needs: &["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"],
        plan: remove_grant,
    },
    Action {
        tool: "remove_app_role_assignment",
        does: "take the user's assignment to an app away",
        needs: &["AppRoleAssignment.ReadWrite.All"],
        plan: remove_assignment,
    },
    Action {
        tool: "disable_service_principal",
        does: "switch an app off in this tenant",
        needs: &["Application.ReadWrite.All", "Directory.ReadWrite.All"],
        plan: disable_app,
    },
    Action {
        tool: "disable_device",
        does: "disable the device",
        needs: &["Device.ReadWrite.All", "Directory.ReadWrite.All"],
        plan: disable_device,
    },
];

/// The tenants that Microsoft's own apps belong to (learn.microsoft.com, "Verify first-party Microsoft applications").
const MICROSOFT: [&str; 2] = ["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"];
const GRANT: &[&str] = &["id", "clientId", "consentType", "principalId", "resourceId", "scope"];
const ASSIGNMENT: &[&str] = &["id", "appRoleId", "principalId", "resourceId", "resourceDisplayName"];
const ENABLED: &[&str] = &["accountEnabled"];

fn remove_grant(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let id = needed("id", &input.id)?;
    let path = format!("/v1.0/oauth2PermissionGrants/{}", encoded(id));
    removed(tenant, path, GRANT, &format!("the grant {}", quoted(id)), |before| {
        format!("consent again to `{}`; the whole grant is in the record of this change", quoted_scope(before))
    })
}

fn quoted_scope(grant: &Value) -> String {
    claudetools_graph::text::shown(grant["scope"].as_str().unwrap_or_default().trim())
}

fn remove_assignment(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let user = user(tenant, input, "")?;
    let id = needed("id", &input.id)?;
    let path = format!("/v1.0/users/{}/appRoleAssignments/{}", user.path, encoded(id));
    let target = format!("{} · the assignment {}", user.shown, quoted(id));
    removed(tenant, path, ASSIGNMENT, &target, |_| {
        "assign the user anew; the assignment is in the record of this change".into()
    })
}

/// Something that is there is deleted.
pub(super) fn removed(
    tenant: &mut Tenant<'_>,
    path: String,
    fields: &'static [&'static str],
    target: &str,
    undo: fn(&Value) -> String,
) -> Result<Plan, Failure> {
    let asked = path.clone();
    let read: Read = Box::new(move |tenant| match tenant.ask(Ask::one(asked.clone())) {
        Ok(reply) => Ok(only(&reply.body, fields)),
        Err(gap) if gap.class == Class::NotFound => Ok(Value::Null),
        Err(gap) => Err(gap),
    });
    let before = read(tenant).map_err(|gap| unread(target, &gap))?;
    let undo = Some(undo(&before)).filter(|_| !before.is_null());
    let write = Ask::send("DELETE", path, None);
    Ok(Plan { target: target.to_owned(), before, write, read, done: Box::new(Value::is_null), undo, notes: Vec::new() })
}

fn disable_app(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let id = needed("id", &input.id)?;
    let path = format!("/v1.0/servicePrincipals/{}", encoded(id));
    let all = "id,displayName,accountEnabled,appOwnerOrganizationId";
    let app = tenant.ask(Ask::one(format!("{path}?$select={all}"))).map_err(|gap| unread("The app", &gap))?.body;
    let name = quoted(app["displayName"].as_str().unwrap_or_default());
    if MICROSOFT.iter().any(|owner| app["appOwnerOrganizationId"] == *owner) {
        let why = format!("{name} is an app of Microsoft's own, which is never switched off here. Nothing was changed");
        return Err(Failure::Invalid(why));
    }
    switched_off(path, format!("the app {name}"), &app, "switch it on again in Entra, under Enterprise applications")
}

fn disable_device(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let id = needed("id", &input.id)?;
    let path = format!("/v1.0/devices/{}", encoded(id));
    let device = tenant.ask(Ask::one(format!("{path}?$select=id,displayName,accountEnabled")));
    let device = device.map_err(|gap| unread("The device", &gap))?.body;
    let name = quoted(device["displayName"].as_str().unwrap_or_default());
    switched_off(path, format!("the device {name}"), &device, "enable it again in Entra, under Devices")
}

fn switched_off(path: String, target: String, found: &Value, undo: &str) -> Result<Plan, Failure> {
    let asked = format!("{path}?$select=id,accountEnabled");
    Ok(Plan {
        target,
        before: only(found, ENABLED),
        write: Ask::send("PATCH", path, Some(json!({ "accountEnabled": false }))),
        read: Box::new(move |tenant| Ok(only(&tenant.ask(Ask::one(asked.clone()))?.body, ENABLED))),
        done: Box::new(|now| now[ENABLED[0]] == false),
        undo: Some(undo.to_owned()),
        notes: Vec::new(),
    })
}
