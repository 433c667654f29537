//! What a guest's store holds: everything that host functions reach.

use std::sync::Arc;

use claudetools_policy::{Code, Refusal};
use tokio::sync::mpsc;
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::call::Event;
use crate::guard::Guard;
use crate::limits::{Meter, Reached};
use crate::own::{Artifacts, Log, State};
use crate::wasi::Http;

/// The state of one call, in its store.
pub(crate) struct Ctx {
    pub(crate) table: ResourceTable,
    pub(crate) wasi: WasiCtx,
    pub(crate) http: WasiHttpCtx,
    pub(crate) egress: Http,
    pub(crate) guard: Arc<Guard>,
    pub(crate) meter: Meter,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) log: Log,
    pub(crate) state: State,
    pub(crate) artifacts: Artifacts,
}

impl Ctx {
    /// The end of the call where an effect waits for a person.
    pub(crate) fn held(&self) -> Result<(), Reached> {
        if !self.guard.desk().is_held() {
            return Ok(());
        }
        let refusal = self.guard.effects().last_refusal.clone();
        let waits = || Refusal::new(Code::ConfirmNeeded, "A person has to confirm this first.");
        Err(Reached(refusal.unwrap_or_else(waits)))
    }
}

impl WasiView for Ctx {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Ctx {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.egress, table: &mut self.table, ctx: &mut self.http }
    }
}
