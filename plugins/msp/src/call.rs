//! One call: from its input to its output.

use claudetools_kit::{self as kit, Failure, Invocation, Output};

use crate::api::Api;
use crate::connection::Connection;
use crate::parameter::unknown;
use crate::query::{Asking, Question};
use crate::request::World;
use crate::resource::{Offer, Resource};
use crate::scope::Scope;
use crate::{describe, get, load, search, write};

/// Answers a call within a world; `variable` gives the variables of the plugin's configuration.
pub fn call(
    invocation: &Invocation,
    world: &dyn World,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Output, Failure> {
    let connection = Connection::read(variable)?;
    let api = Api::new(&connection, world, invocation.budget_ms);
    let document = load::document(&api)?;
    let offer = Offer::of(&document, &connection);
    let at = At { api: &api, offer: &offer, resources: offer.resources(&connection) };
    match invocation.tool.as_str() {
        "msp_resources" => Ok(describe::resources(&at, &kit::input(invocation)?)),
        "msp_describe" => describe::describe(&at, &kit::input(invocation)?),
        "msp_search" => search::search(&at, &kit::input(invocation)?, kit::input(invocation)?),
        "msp_get" => get::get(&at, &kit::input(invocation)?),
        "msp_write" => write::write(&at, kit::input(invocation)?),
        other => Err(Failure::Internal(format!("the manifest has no tool {other}"))),
    }
}

/// Where a call stands: an API, and what it offers.
pub struct At<'a> {
    /// Asked through this.
    pub api: &'a Api<'a>,
    /// All operations.
    pub offer: &'a Offer<'a>,
    /// All collections.
    pub resources: Vec<Resource<'a>>,
}

impl<'a> At<'a> {
    /// The resource of a name, whatever its case.
    pub fn resource(&self, name: &str) -> Result<&Resource<'a>, Failure> {
        let found = self.resources.iter().find(|one| one.name.eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| unknown("resource", name, self.resources.iter().map(|one| one.name.as_str())))
    }

    /// A question about one of the resources.
    pub fn asking<'q>(&'q self, resource: &'q Resource<'q>, scope: &'q Scope, question: &'q Question) -> Asking<'q> {
        Asking { connection: self.api.connection, document: self.offer.document, resource, scope, question }
    }
}
