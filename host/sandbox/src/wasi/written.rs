//! What `wasi:http` turns down while a guest still writes its request: noted as every other refusal.
//!
//! Upstream answers the guest with an error and tells nobody. Its functions are asked here, and their "no" is noted with
//! its code.

use claudetools_policy::{Code, Refusal};
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, Linker, LinkerInstance, Resource};
use wasmtime_wasi_http::p2::HeaderResult;
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::{self, FutureIncomingResponse, RequestOptions};
use wasmtime_wasi_http::p2::bindings::http::types::{
    self, ErrorCode, Fields, HeaderError, Method, OutgoingRequest, Scheme,
};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use crate::ctx::Ctx;
use crate::effects::Subject;
use crate::quote::quoted;

type Store<'s> = StoreContextMut<'s, Ctx>;
type Request = Resource<OutgoingRequest>;
type Header = (String, Vec<u8>);

/// Puts ours before upstream's.
pub(super) fn link(linker: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    setters(&mut types)?;
    headers(&mut types)?;
    handler(&mut linker.instance("wasi:http/outgoing-handler@0.2.12")?)?;
    linker.allow_shadowing(false);
    Ok(())
}

fn setters(types: &mut LinkerInstance<'_, Ctx>) -> wasmtime::Result<()> {
    use types::HostOutgoingRequest as _;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    setter(types, "method", Code::NetMethod, other_method, |http, request, method| http.set_method(request, method))?;
    setter(types, "scheme", Code::NetBadTarget, other_scheme, |http, request, scheme| {
        http.set_scheme(request, scheme)
    })?;
    setter(types, "authority", Code::NetBadTarget, text, |http, request, host| http.set_authority(request, host))?;
    setter(types, "path-with-query", Code::NetBadTarget, text, |http, request, path| {
        http.set_path_with_query(request, path)
    })
}

/// One setter of a request; `shown` is what of a value the audit shows.
fn setter<T: ComponentType + Lift + 'static>(
    types: &mut LinkerInstance<'_, Ctx>,
    what: &'static str,
    code: Code,
    shown: fn(&T) -> String,
    set: fn(&mut WasiHttpCtxView<'_>, Request, T) -> wasmtime::Result<Result<(), ()>>,
) -> wasmtime::Result<()> {
    let name = format!("[method]outgoing-request.set-{what}");
    types.func_wrap(&name, move |mut store: Store<'_>, (request, value): (Request, T)| {
        let ctx = store.data_mut();
        let text = shown(&value);
        let done = set(&mut ctx.http(), request, value)?;
        if done.is_err() {
            note(ctx, code, &format!("{what} {}", quoted(&text)));
        }
        Ok((done,))
    })
}

fn other_method(method: &Method) -> String {
    if let Method::Other(text) = method { text.clone() } else { String::new() }
}

fn other_scheme(scheme: &Option<Scheme>) -> String {
    if let Some(Scheme::Other(text)) = scheme { text.clone() } else { String::new() }
}

fn headers(types: &mut LinkerInstance<'_, Ctx>) -> wasmtime::Result<()> {
    use types::HostFields as _;
    types.func_wrap("[static]fields.from-list", |mut store: Store<'_>, (list,): (Vec<Header>,)| {
        let ctx = store.data_mut();
        let made = ctx.http().from_list(list);
        Ok((written(ctx, made)?,))
    })?;
    type One = (Resource<Fields>, String, Vec<u8>);
    types.func_wrap("[method]fields.append", |mut store: Store<'_>, (fields, name, value): One| {
        let ctx = store.data_mut();
        let done = ctx.http().append(fields, name, value);
        Ok((written(ctx, done)?,))
    })?;
    type Several = (Resource<Fields>, String, Vec<Vec<u8>>);
    types.func_wrap("[method]fields.set", |mut store: Store<'_>, (fields, name, values): Several| {
        let ctx = store.data_mut();
        let done = ctx.http().set(fields, name, values);
        Ok((written(ctx, done)?,))
    })
}

/// What came of a header that the guest wrote: what is too large ends the call, what is no header is noted.
fn written<T>(ctx: &Ctx, done: HeaderResult<T>) -> wasmtime::Result<Result<T, HeaderError>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(error) => {
            let error = error.downcast()?;
            if !matches!(error, HeaderError::Immutable) {
                note(ctx, Code::NetHeader, "a header");
            }
            Ok(Err(error))
        }
    }
}

/// A request that is complete and none, such as one without a host or with a length that its body has not.
fn handler(instance: &mut LinkerInstance<'_, Ctx>) -> wasmtime::Result<()> {
    use outgoing_handler::Host as _;
    type Handed = (Request, Option<Resource<RequestOptions>>);
    instance.func_wrap("handle", |mut store: Store<'_>, (request, options): Handed| {
        let ctx = store.data_mut();
        let sent: Result<Resource<FutureIncomingResponse>, _> = ctx.http().handle(request, options);
        Ok((match sent {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let error = error.downcast()?;
                let of_body = matches!(error, ErrorCode::HttpRequestBodySize(_) | ErrorCode::InternalError(_));
                note(ctx, if of_body { Code::NetHeader } else { Code::NetBadTarget }, "a request");
                Err(error)
            }
        },))
    })
}

fn note(ctx: &Ctx, code: Code, what: &str) {
    let refusal = Refusal::new(code, format!("The request has {what} that HTTP does not have."));
    ctx.guard.refuse(Subject::Network(what.to_owned()), refusal);
}
