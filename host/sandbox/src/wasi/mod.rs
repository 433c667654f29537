//! The parts of WASI 0.2 that every language runtime imports: linked for all, giving away nothing.
//!
//! No arguments, no environment but what was granted, no standard input; clocks of a millisecond; randomness;
//! standard output and error into a small buffer; HTTP through egress; sockets that refuse, and say so in the audit.

mod clocks;
mod http;
mod network;
mod output;
mod written;

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::{HasData, HasSelf, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::p2::bindings as p2;
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};
use wasmtime_wasi::{WasiCtx, WasiView};

use crate::bindings::claudetools::plugin as own;
use crate::bindings::wasi::filesystem;
use crate::ctx::Ctx;

pub(crate) use http::{Http, context as http_context};
pub(crate) use output::Tail;

/// The most random bytes of one call: a key, not a way to fill the host's memory.
const MAX_RANDOM: u64 = 64 << 10;

/// What a guest may use of `wasi:cli`, clocks and randomness, and where its words go. These variables are its whole
/// environment.
pub(crate) fn context(output: &Arc<Tail>, env: BTreeMap<&str, &str>) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    for (name, value) in env {
        builder.env(name, value);
    }
    builder
        .stdout(output::Printed(Arc::clone(output)))
        .stderr(output::Printed(Arc::clone(output)))
        .wall_clock(clocks::Coarse::default())
        .monotonic_clock(clocks::Coarse::default())
        .max_random_size(MAX_RANDOM);
    builder.build()
}

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

/// Links everything that a component may import.
pub(crate) fn link(linker: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    link_io(linker)?;
    link_cli(linker)?;
    link_network(linker)?;
    filesystem::types::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    filesystem::preopens::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    own::progress::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    own::log::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    own::tree::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    own::replace::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    own::state::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    own::client::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    own::artifact::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    own::process::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    own::types::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)
}

fn link_io(linker: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    p2::io::error::add_to_linker::<_, HasTable>(linker, |ctx| ctx.ctx().table)?;
    p2::io::poll::add_to_linker::<_, HasTable>(linker, |ctx| ctx.ctx().table)?;
    p2::io::streams::add_to_linker::<_, HasTable>(linker, |ctx| ctx.ctx().table)?;
    p2::clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, Ctx::clocks)?;
    p2::clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, Ctx::clocks)?;
    p2::random::random::add_to_linker::<_, WasiRandom>(linker, Ctx::random)?;
    p2::random::insecure::add_to_linker::<_, WasiRandom>(linker, Ctx::random)?;
    p2::random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, Ctx::random)
}

fn link_cli(linker: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    p2::cli::exit::add_to_linker::<_, WasiCli>(linker, Ctx::cli)?;
    p2::cli::environment::add_to_linker::<_, WasiCli>(linker, Ctx::cli)?;
    p2::cli::stdin::add_to_linker::<_, WasiCli>(linker, Ctx::cli)?;
    p2::cli::stdout::add_to_linker::<_, WasiCli>(linker, Ctx::cli)?;
    p2::cli::stderr::add_to_linker::<_, WasiCli>(linker, Ctx::cli)?;
    p2::cli::terminal_input::add_to_linker::<_, WasiCli>(linker, Ctx::cli)?;
    p2::cli::terminal_output::add_to_linker::<_, WasiCli>(linker, Ctx::cli)?;
    p2::cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, Ctx::cli)?;
    p2::cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, Ctx::cli)?;
    p2::cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, Ctx::cli)
}

/// Ways to make a socket or to ask a name server are ours and refuse; the methods of sockets, which
/// nobody can have, are only linked so that runtimes which import them load.
fn link_network(linker: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    use p2::sockets;
    sockets::tcp_create_socket::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    sockets::udp_create_socket::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    sockets::ip_name_lookup::add_to_linker::<_, HasSelf<Ctx>>(linker, |ctx| ctx)?;
    sockets::instance_network::add_to_linker::<_, WasiSockets>(linker, Ctx::sockets)?;
    let options = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<_, HasSelf<Ctx>>(linker, &options, |ctx| ctx)?;
    sockets::tcp::add_to_linker::<_, WasiSockets>(linker, Ctx::sockets)?;
    sockets::udp::add_to_linker::<_, WasiSockets>(linker, Ctx::sockets)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    written::link(linker)
}
