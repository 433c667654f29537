//! The user whom a tool is about.

use claudetools_graph::encode::encoded;
use claudetools_graph::text::quoted;
use claudetools_graph::{Ask, Gap, Tenant};
use claudetools_kit::Failure;
use serde_json::Value;

use crate::input::{Input, needed};
use crate::plan::{Read, unread};

/// What is read of every user.
const ALWAYS: &str = "id,userPrincipalName,displayName,onPremisesSyncEnabled";

/// A user who exists.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// The object id.
    pub(crate) id: String,
    /// The UPN as Microsoft has it, percent-encoded: requests name it, so that whoever says yes reads it.
    pub(crate) path: String,
    /// The UPN as it is.
    pub(crate) upn: String,
    /// For people.
    pub(crate) shown: String,
    /// Kept by a directory of the client's own, which writes over what is changed here.
    pub(crate) synced: bool,
    /// Everything that was read.
    pub(crate) all: Value,
}

/// Finds the user that the input names, with these further properties.
pub(crate) fn user(tenant: &mut Tenant<'_>, input: &Input, more: &str) -> Result<User, Failure> {
    let named = needed("user", &input.user)?;
    let found =
        get(tenant, &encoded(named), more).map_err(|gap| unread(&format!("The user {}", quoted(named)), &gap))?;
    let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
    let (id, upn) = (text("id"), text("userPrincipalName"));
    if id.is_empty() || upn.is_empty() {
        return Err(Failure::Unavailable(
            "What Graph says of the user has no id or no name. Nothing was changed".into(),
        ));
    }
    let synced = found["onPremisesSyncEnabled"] == true;
    Ok(User { id, path: encoded(&upn), shown: quoted(&upn), upn, synced, all: found })
}

fn get(tenant: &mut Tenant<'_>, path: &str, more: &str) -> Result<Value, Gap> {
    let comma = if more.is_empty() { "" } else { "," };
    let reply = tenant.ask(Ask::one(format!("/v1.0/users/{path}?$select={ALWAYS}{comma}{more}")))?;
    Ok(reply.body)
}

impl User {
    /// Some of what was read.
    pub(crate) fn only(&self, fields: &[&str]) -> Value {
        only(&self.all, fields)
    }

    /// Reads these properties anew.
    pub(crate) fn reads(&self, fields: &'static [&'static str]) -> Read {
        let path = self.path.clone();
        Box::new(move |tenant| Ok(only(&get(tenant, &path, &fields.join(","))?, fields)))
    }
}

/// An object with these fields of another one; what is not there is null.
pub(crate) fn only(object: &Value, fields: &[&str]) -> Value {
    fields.iter().map(|field| ((*field).to_owned(), object[*field].clone())).collect::<serde_json::Map<_, _>>().into()
}
