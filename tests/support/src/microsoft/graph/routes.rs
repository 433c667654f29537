//! What Graph knows.

use super::{Answer, Request, views, writes};
use crate::microsoft::state::State;

/// What an endpoint does.
pub(in crate::microsoft) enum Kind {
    /// A collection of entities of a type.
    List(&'static str),
    /// One entity of a collection.
    One(&'static str),
    /// An object that stands alone.
    Single(&'static str),
    /// Asks something with a body, and changes nothing that anybody owns.
    Query(fn(&mut State, &Request<'_>) -> Result<Answer, Answer>),
    /// Changes something.
    Write(fn(&mut State, &Request<'_>) -> Result<Answer, Answer>),
}

/// Which licence an endpoint needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::microsoft) enum Licence {
    None,
    P1,
    P2,
}

/// An endpoint.
pub(in crate::microsoft) struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub kind: Kind,
    pub licence: Licence,
}

const fn get(path: &'static str, kind: Kind) -> Route {
    Route { method: "GET", path, kind, licence: Licence::None }
}

const fn licensed(path: &'static str, kind: Kind, licence: Licence) -> Route {
    Route { method: "GET", path, kind, licence }
}

const fn write(
    method: &'static str,
    path: &'static str,
    does: fn(&mut State, &Request<'_>) -> Result<Answer, Answer>,
) -> Route {
    Route { method, path, kind: Kind::Write(does), licence: Licence::None }
}

use Kind::{List, One, Single};

/// The endpoints, by the names of the documentation.
pub(in crate::microsoft) const ROUTES: &[Route] = &[
    get("users", List("user")),
    get("users/{id}", One("user")),
    get("users/{id}/transitiveMemberOf/microsoft.graph.directoryRole", List("directoryRole")),
    get("users/{id}/transitiveMemberOf", List("directoryRole")),
    get("users/{id}/mailFolders", List("mailFolder")),
    get("users/{id}/mailFolders/inbox/messageRules", List("messageRule")),
    get("users/{id}/mailFolders/inbox/messageRules/{id}", One("messageRule")),
    get("users/{id}/mailFolders/{id}", One("mailFolder")),
    get("users/{id}/mailFolders/{id}/messages", List("message")),
    get("users/{id}/mailboxSettings", Single("mailboxSettings")),
    get("users/{id}/oauth2PermissionGrants", List("oAuth2PermissionGrant")),
    get("users/{id}/appRoleAssignments", List("appRoleAssignment")),
    get("users/{id}/authentication/methods", List("authenticationMethod")),
    get("users/{id}/authentication/phoneMethods", List("phoneAuthenticationMethod")),
    get("users/{id}/registeredDevices", List("device")),
    get("users/{id}/ownedDevices", List("device")),
    get("users/{id}/managedDevices", List("managedDevice")),
    get("oauth2PermissionGrants", List("oAuth2PermissionGrant")),
    get("oauth2PermissionGrants/{id}", One("oAuth2PermissionGrant")),
    get("servicePrincipals", List("servicePrincipal")),
    get("servicePrincipals/{id}", One("servicePrincipal")),
    get("servicePrincipals/{id}/appRoleAssignments", List("appRoleAssignment")),
    get("servicePrincipals/{id}/appRoleAssignedTo", List("appRoleAssignment")),
    get("applications", List("application")),
    licensed("auditLogs/signIns", List("signIn"), Licence::P1),
    get("auditLogs/directoryAudits", List("directoryAudit")),
    licensed("identityProtection/riskyUsers", List("riskyUser"), Licence::P2),
    licensed("identityProtection/riskyUsers/{id}", One("riskyUser"), Licence::P2),
    licensed("identityProtection/riskDetections", List("riskDetection"), Licence::P2),
    get("devices", List("device")),
    get("devices/{id}", One("device")),
    get("deviceManagement/managedDevices", List("managedDevice")),
    get("subscribedSkus", List("subscribedSku")),
    get("organization", List("organization")),
    get("domains", List("domain")),
    get("domains/{id}", One("domain")),
    get("domains/{id}/federationConfiguration", List("internalDomainFederation")),
    get("policies/identitySecurityDefaultsEnforcementPolicy", Single("identitySecurityDefaultsEnforcementPolicy")),
    get("policies/authorizationPolicy", Single("authorizationPolicy")),
    get("policies/adminConsentRequestPolicy", Single("adminConsentRequestPolicy")),
    licensed("identity/conditionalAccess/policies", List("conditionalAccessPolicy"), Licence::None),
    get("identity/conditionalAccess/namedLocations", List("namedLocation")),
    licensed("reports/authenticationMethods/userRegistrationDetails", List("userRegistrationDetails"), Licence::P1),
    get("roleManagement/directory/roleAssignments", List("unifiedRoleAssignment")),
    get("roleManagement/directory/roleDefinitions", List("unifiedRoleDefinition")),
    licensed("roleManagement/directory/roleEligibilitySchedules", List("unifiedRoleEligibilitySchedule"), Licence::P2),
    get("directoryRoles", List("directoryRole")),
    get("admin/exchange/tracing/messageTraces", List("exchangeMessageTrace")),
    get("security/alerts_v2", List("security.alert")),
    get("security/incidents", List("incident")),
    get("security/secureScores", List("secureScore")),
    Route {
        method: "POST",
        path: "security/auditLog/queries",
        kind: Kind::Query(views::ask_audit),
        licence: Licence::None,
    },
    get("security/auditLog/queries/{id}", One("auditLogQuery")),
    get("security/auditLog/queries/{id}/records", List("auditLogRecord")),
    write("POST", "users/{id}/revokeSignInSessions", writes::revoke),
    write("PATCH", "users/{id}", writes::user),
    write("PATCH", "users/{id}/mailFolders/inbox/messageRules/{id}", writes::rule),
    write("DELETE", "users/{id}/mailFolders/inbox/messageRules/{id}", writes::no_rule),
    write("PATCH", "users/{id}/mailboxSettings", writes::settings),
    write("DELETE", "oauth2PermissionGrants/{id}", writes::remove),
    write("DELETE", "users/{id}/appRoleAssignments/{id}", writes::remove),
    write("PATCH", "servicePrincipals/{id}", writes::switch),
    write("PATCH", "devices/{id}", writes::device),
    write("DELETE", "users/{id}/authentication/phoneMethods/{id}", writes::method),
    write("DELETE", "users/{id}/authentication/microsoftAuthenticatorMethods/{id}", writes::method),
    write("DELETE", "users/{id}/authentication/softwareOathMethods/{id}", writes::method),
    write("DELETE", "users/{id}/authentication/fido2Methods/{id}", writes::method),
    write("DELETE", "users/{id}/authentication/emailMethods/{id}", writes::method),
    write("DELETE", "users/{id}/authentication/temporaryAccessPassMethods/{id}", writes::method),
    write("DELETE", "users/{id}/authentication/windowsHelloForBusinessMethods/{id}", writes::method),
    Route { licence: Licence::P2, ..write("POST", "identityProtection/riskyUsers/confirmCompromised", writes::risk) },
    Route { licence: Licence::P2, ..write("POST", "identityProtection/riskyUsers/dismiss", writes::risk) },
];

/// The endpoint of a request, and what stands at its places. Beta has the same ones.
pub(super) fn find(method: &str, version: &str, path: &str) -> Option<(&'static Route, Vec<String>)> {
    let known = version == "v1.0" || version == "beta";
    let path = path.trim_end_matches('/');
    ROUTES.iter().filter(|route| known && route.method == method).find_map(|route| Some((route, ids(route, path)?)))
}

fn ids(route: &Route, path: &str) -> Option<Vec<String>> {
    let (wanted, given): (Vec<&str>, Vec<&str>) = (route.path.split('/').collect(), path.split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let mut ids = Vec::new();
    for (want, give) in wanted.iter().zip(given) {
        match want.starts_with('{') {
            true => ids.push(give.to_owned()),
            false if want.eq_ignore_ascii_case(give) => {}
            false => return None,
        }
    }
    Some(ids)
}

impl Route {
    /// The type of what it answers with.
    pub(in crate::microsoft) fn of(&self) -> &'static str {
        match self.kind {
            List(of) | One(of) | Single(of) => of,
            Kind::Query(_) | Kind::Write(_) => "",
        }
    }
}

impl Request<'_> {
    /// Where in the tenant its collection or object lies: the route with what stands at its places, a user by his
    /// object id.
    pub(in crate::microsoft) fn place(&self, tenant: &crate::microsoft::tenant::Tenant) -> Result<String, Answer> {
        let mut ids = self.ids.iter();
        let mut place = Vec::new();
        for part in self.route.path.split('/') {
            let id = part.starts_with('{').then(|| ids.next()).flatten();
            match id {
                Some(id) if place == ["users"] => {
                    let user = tenant.user(id).ok_or_else(|| super::not_found(id))?;
                    place.push(user["id"].as_str().unwrap_or_default());
                }
                Some(id) => place.push(id),
                None => place.push(part),
            }
        }
        Ok(place.join("/"))
    }
}
