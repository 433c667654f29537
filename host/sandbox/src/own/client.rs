//! `client`: which of the company's clients a call is about.

use std::sync::Arc;

use claudetools_policy::{Code, Refusal, may_choose_client};

use crate::bindings::claudetools::plugin::{client, types};
use crate::ctx::Ctx;
use crate::effects::Subject;
use crate::quote::quoted;

impl client::Host for Ctx {
    fn choose(&mut self, named: Option<String>) -> wasmtime::Result<Result<client::Client, types::Refusal>> {
        let subject = Subject::Client(quoted(named.as_deref().unwrap_or_default()));
        let chosen = self.choose_client(named.as_deref());
        Ok(chosen.map_err(|refusal| self.guard.refuse(subject, refusal).into()))
    }

    /// Without a grant there are none.
    fn choices(&mut self) -> wasmtime::Result<Vec<String>> {
        let granted = may_choose_client(self.guard.plugin(), self.guard.tool()).is_ok();
        Ok(self.guard.whom.names().filter(|_| granted).map(str::to_owned).collect())
    }

    async fn permissions(&mut self, secret: String) -> wasmtime::Result<Result<Vec<String>, types::Refusal>> {
        let subject = Subject::Client(format!("permissions of {}", quoted(&secret)));
        let (egress, sender) = (Arc::clone(self.egress.way_out()), self.egress.sender().clone());
        let granted = may_choose_client(self.guard.plugin(), self.guard.tool()).map(drop);
        let permitted = match granted {
            Ok(()) => egress.permissions(&secret, &sender).await,
            Err(refusal) => Err(refusal),
        };
        Ok(match permitted {
            Ok((grant, roles)) => {
                self.guard.note_allowed(subject, grant);
                Ok(roles)
            }
            Err(refusal) => Err(self.guard.refuse(subject, refusal).into()),
        })
    }
}

impl Ctx {
    /// Decides, notes it, and holds the call to it.
    fn choose_client(&self, named: Option<&str>) -> Result<client::Client, Refusal> {
        let grant = may_choose_client(self.guard.plugin(), self.guard.tool())?;
        let (name, client) = self.guard.whom.choose(named)?;
        let facts = serde_json::to_string(&*client)
            .map_err(|_| Refusal::new(Code::ClientNone, "What is known of the client can't be written down."))?;
        self.guard.note_allowed(Subject::Client(quoted(&name)), grant);
        Ok(client::Client { name, facts })
    }
}
