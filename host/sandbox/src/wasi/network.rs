//! Sockets and name lookup: no.

use claudetools_policy::{Code, Refusal};
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{self, ResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, IpAddress, IpAddressFamily, Network};
use wasmtime_wasi::p2::bindings::sockets::{tcp_create_socket, udp_create_socket};
use wasmtime_wasi::p2::{DynPollable, SocketError, TcpSocket, UdpSocket};

use crate::ctx::Ctx;
use crate::effects::Subject;
use crate::guard::Guard;
use crate::quote::quoted;

/// Notes a use of the network, which no grant can allow.
pub(super) fn refuse(guard: &Guard, what: String) {
    let refusal = Refusal::new(Code::NetNotGranted, "This tool has no access to the network.");
    guard.refuse(Subject::Network(what), refusal);
}

impl network::Host for Ctx {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn network_error_code(&mut self, _error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(None)
    }
}

impl network::HostNetwork for Ctx {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        self.table.delete(network)?;
        Ok(())
    }
}

impl tcp_create_socket::Host for Ctx {
    fn create_tcp_socket(&mut self, _family: IpAddressFamily) -> Result<Resource<TcpSocket>, SocketError> {
        refuse(&self.guard, "a TCP socket".to_owned());
        Err(ErrorCode::AccessDenied.into())
    }
}

impl udp_create_socket::Host for Ctx {
    async fn create_udp_socket(&mut self, _family: IpAddressFamily) -> Result<Resource<UdpSocket>, SocketError> {
        refuse(&self.guard, "a UDP socket".to_owned());
        Err(ErrorCode::AccessDenied.into())
    }
}

impl ip_name_lookup::Host for Ctx {
    fn resolve_addresses(
        &mut self,
        _network: Resource<Network>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        refuse(&self.guard, format!("the address of {}", quoted(&name)));
        Err(ErrorCode::AccessDenied.into())
    }
}

// No such stream is ever made; these are linked, not reached.
impl ip_name_lookup::HostResolveAddressStream for Ctx {
    fn resolve_next_address(
        &mut self,
        _stream: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        Err(ErrorCode::AccessDenied.into())
    }

    fn subscribe(&mut self, _stream: Resource<ResolveAddressStream>) -> wasmtime::Result<Resource<DynPollable>> {
        Err(wasmtime::format_err!("there is no such stream"))
    }

    fn drop(&mut self, _stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        Ok(())
    }
}
