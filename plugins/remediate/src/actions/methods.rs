//! Ways to prove who one is.

use claudetools_graph::encode::encoded;
use claudetools_graph::text::{masked, quoted};
use claudetools_graph::{Ask, Tenant};
use claudetools_kit::Failure;
use serde_json::Value;

use super::user::{User, only, user};
use crate::input::{Input, needed};
use crate::plan::{Action, Plan, Read, unread};

pub(super) const ACTIONS: &[Action] = &[Action {
    tool: "remove_mfa_method",
    does: "remove the sign-in method",
    needs: &["UserAuthenticationMethod.ReadWrite.All"],
    plan: remove,
}];

/// The types that can be removed, and where each is. The password is none of them.
const TYPES: &[(&str, &str)] = &[
    ("#microsoft.graph.emailAuthenticationMethod", "emailMethods"),
    ("#microsoft.graph.fido2AuthenticationMethod", "fido2Methods"),
    ("#microsoft.graph.microsoftAuthenticatorAuthenticationMethod", "microsoftAuthenticatorMethods"),
    ("#microsoft.graph.phoneAuthenticationMethod", "phoneMethods"),
    ("#microsoft.graph.softwareOathAuthenticationMethod", "softwareOathMethods"),
    ("#microsoft.graph.temporaryAccessPassAuthenticationMethod", "temporaryAccessPassMethods"),
    ("#microsoft.graph.windowsHelloForBusinessAuthenticationMethod", "windowsHelloForBusinessMethods"),
];
const METHOD: &[&str] = &["id", "@odata.type", "displayName", "createdDateTime"];

fn remove(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let user = user(tenant, input, "")?;
    let id = needed("id", &input.id)?.to_owned();
    let list = methods(&user);
    let all = tenant.ask(list.clone()).map_err(|gap| unread("The sign-in methods", &gap))?.items;
    let Some(method) = all.iter().find(|method| method["id"] == *id) else {
        return Err(Failure::Invalid(format!(
            "{} has no sign-in method {}; breach_check lists them. Nothing was changed",
            user.shown,
            quoted(&id)
        )));
    };
    let kind = method["@odata.type"].as_str().unwrap_or_default();
    let Some((_, place)) = TYPES.iter().find(|(known, _)| *known == kind) else {
        let why = format!("{} is a sign-in method that is not removed here. Nothing was changed", quoted(kind));
        return Err(Failure::Invalid(why));
    };
    let path = format!("/v1.0/users/{}/authentication/{place}/{}", user.path, encoded(&id));
    let read: Read = Box::new(move |tenant| Ok(found(&tenant.ask(list.clone())?.items, &id)));
    Ok(Plan {
        target: format!("{} · {}", user.shown, described(method)),
        before: only(method, METHOD),
        write: Ask::send("DELETE", path, None),
        read,
        done: Box::new(Value::is_null),
        undo: Some("the user registers the method anew".into()),
        notes: vec!["Graph refuses to remove the default method while there are others: remove it last".into()],
    })
}

fn methods(user: &User) -> Ask {
    Ask::list(format!("/v1.0/users/{}/authentication/methods", user.path))
}

fn found(methods: &[Value], id: &str) -> Value {
    methods.iter().find(|method| method["id"] == *id).map_or(Value::Null, |method| only(method, METHOD))
}

fn described(method: &Value) -> String {
    let kind = method["@odata.type"].as_str().unwrap_or_default();
    let kind = kind.trim_start_matches("#microsoft.graph.").trim_end_matches("AuthenticationMethod");
    match (method["displayName"].as_str(), method["phoneNumber"].as_str()) {
        (_, Some(phone)) => format!("{} {}", quoted(kind), masked(phone)),
        (Some(name), None) => format!("{} {}", quoted(kind), quoted(name)),
        (None, None) => quoted(kind),
    }
}
