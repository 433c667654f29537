//! From how a guest ended to what the caller is told.

use claudetools_policy::{Code, Limits, Refusal};
use serde_json::Value;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::{I32Exit, ResourceTableError};
use wasmtime_wasi_http::FieldMapError;

use crate::bindings::claudetools::plugin::types;
use crate::bindings::exports::claudetools::plugin::tool;
use crate::call::{Failure, Output, Part};
use crate::ctx::Ctx;
use crate::effects::Subject;
use crate::guard::Guard;
use crate::limits::Reached;
use crate::wasi::Tail;

/// The most bytes of a plugin's own words about a failure.
const MAX_WORDS: usize = 8 << 10;

/// How a guest ended.
pub(crate) enum Ended {
    /// It answered.
    Returned(Result<tool::Output, tool::Failure>),
    /// It crashed, or was made to end.
    Trapped(wasmtime::Error),
    /// A person stopped it while it waited.
    Cancelled,
    /// Its time was up while it waited.
    Late,
}

/// What the log says beside a crash.
pub(crate) struct Words<'a> {
    pub(crate) call: &'a str,
    pub(crate) printed: &'a Tail,
}

/// What the caller is told. A limit that ended the call is noted among its effects.
pub(crate) fn result(
    ended: Ended,
    ctx: &Ctx,
    limits: &Limits,
    guard: &Guard,
    words: &Words<'_>,
) -> Result<Output, Failure> {
    let result = match ended {
        Ended::Returned(Ok(output)) => converted(output, limits.output),
        Ended::Returned(Err(failure)) => Err(told(failure, guard)),
        Ended::Cancelled => Err(cancelled()),
        Ended::Late => Err(late(limits)),
        Ended::Trapped(error) => Err(trapped(&error, ctx, limits, words)),
    };
    if let Err(Failure::Refused(refusal)) = &result
        && is_ending(refusal.code)
    {
        guard.refuse(Subject::Limit, refusal.clone());
    }
    result
}

/// Whether a code says why a whole call ended, rather than what one effect of it was refused for.
fn is_ending(code: Code) -> bool {
    matches!(
        code,
        Code::LimitMemory
            | Code::LimitTime
            | Code::LimitOutput
            | Code::LimitHandles
            | Code::LimitHostcalls
            | Code::LimitConcurrent
            | Code::ProtoTrap
            | Code::CallCancelled
    )
}

/// The host's refusal for a call that a person stopped.
pub(crate) fn cancelled() -> Failure {
    Failure::refused(Code::CallCancelled, "The call was stopped.")
}

/// The host's refusal for a call that found too many others of its plugin.
pub(crate) fn crowded(most: u32) -> Failure {
    Failure::refused(Code::LimitConcurrent, format!("{most} calls of this plugin are running already; try again."))
}

fn late(limits: &Limits) -> Failure {
    Failure::refused(Code::LimitTime, format!("The call took longer than {} s.", limits.wall.as_secs_f32()))
}

/// A plugin cannot put words into the host's mouth: for its `refused` the host shows its own record.
fn told(failure: tool::Failure, guard: &Guard) -> Failure {
    let bounded = |mut text: String| {
        text.truncate(text.floor_char_boundary(MAX_WORDS));
        text
    };
    match failure {
        tool::Failure::Invalid(text) => Failure::Invalid(bounded(text)),
        tool::Failure::Unavailable(text) => Failure::Unavailable(bounded(text)),
        tool::Failure::Internal(text) => Failure::Internal(bounded(text)),
        tool::Failure::Refused(text) => match guard.effects().last_refusal.clone() {
            Some(refusal) => Failure::Refused(refusal),
            None => Failure::Internal(format!(
                "the plugin says that the host refused something, which it did not: {}",
                bounded(text)
            )),
        },
    }
}

fn trapped(error: &wasmtime::Error, ctx: &Ctx, limits: &Limits, words: &Words<'_>) -> Failure {
    if let Some(Reached(refusal)) = error.downcast_ref() {
        return match refusal.code {
            Code::LimitTime => late(limits),
            _ => Failure::Refused(refusal.clone()),
        };
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        let message = format!("The call may hold {} handles at once.", limits.handles);
        return Failure::refused(Code::LimitHandles, message);
    }
    if error.downcast_ref::<FieldMapError>().is_some() {
        let refusal = Refusal::new(Code::NetHeader, "A request has more headers, or longer ones, than the host takes.");
        return Failure::Refused(ctx.guard.refuse(Subject::Network("headers of a request".to_owned()), refusal));
    }
    if error.downcast_ref::<std::str::Utf8Error>().is_some() {
        let refusal = Refusal::new(Code::ProtoUtf8, "The plugin handed over text that is not UTF-8.");
        return Failure::Refused(ctx.guard.refuse(Subject::Limit, refusal));
    }
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return Failure::refused(Code::LimitConcurrent, "Too many calls are running; try again.");
    }
    if let Some(refusal) = &ctx.meter.refused {
        return Failure::Refused(refusal.clone());
    }
    let text = format!("{error:#}");
    // wasmtime has no public type for these two.
    if text.contains("resource limit exceeded") {
        return Failure::refused(
            Code::LimitMemory,
            format!("The call may have {} modules, memories and tables each.", limits.instances),
        );
    }
    if text.contains("fuel allocated for hostcalls") {
        return too_much(error, limits);
    }
    crashed(error, &text, words)
}

/// The guest handed over more than may be copied out of it at once: to a host function, or as its result.
fn too_much(error: &wasmtime::Error, limits: &Limits) -> Failure {
    let most = limits.hostcall_bytes;
    // Only what fails while the guest runs, and not once it has returned, has frames of it.
    if error.downcast_ref::<WasmBacktrace>().is_some() {
        return Failure::refused(Code::LimitHostcalls, format!("A call into the host may carry {most} bytes."));
    }
    Failure::refused(Code::LimitOutput, format!("The output may have {} bytes.", limits.output.min(most)))
}

fn crashed(error: &wasmtime::Error, text: &str, words: &Words<'_>) -> Failure {
    let printed = words.printed.text();
    let last = printed.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    tracing::warn!(call = %words.call, error = %text, printed = %last, "a plugin crashed");
    let message = match (error.downcast_ref::<Trap>(), error.downcast_ref::<I32Exit>()) {
        (Some(Trap::StackOverflow), _) => "The plugin crashed: it used up its stack.".to_owned(),
        (Some(trap), _) => format!("The plugin crashed: {trap}."),
        (_, Some(I32Exit(status))) => {
            format!("The plugin exited with status {status} instead of answering.")
        }
        _ => "The plugin crashed.".to_owned(),
    };
    Failure::refused(Code::ProtoTrap, message)
}

/// Bytes of an output.
pub(crate) fn size(output: &Output) -> u64 {
    let parts = output.parts.iter().map(|part| match part {
        Part::Text(text) => text.len(),
        Part::Table(rows) => rows.to_string().len(),
        Part::Image { data, .. } | Part::Document { data, .. } => data.len(),
    });
    (parts.sum::<usize>() + output.summary.len()) as u64
}

fn converted(output: tool::Output, most: u64) -> Result<Output, Failure> {
    let raw = |part: &types::Part| match part {
        types::Part::Text(text) | types::Part::Table(text) => text.len(),
        types::Part::Image(blob) | types::Part::Document(blob) => blob.data.len(),
    };
    let bytes = output.parts.iter().map(raw).sum::<usize>() as u64;
    if bytes > most {
        return Err(Failure::refused(Code::LimitOutput, format!("The output has {bytes} bytes; {most} are allowed.")));
    }
    let parts = output.parts.into_iter().map(part).collect::<Result<_, _>>()?;
    let mut summary = output.summary.lines().next().unwrap_or_default().to_owned();
    summary.truncate(summary.floor_char_boundary(200));
    Ok(Output { parts, summary, truncated: output.truncated })
}

fn part(part: types::Part) -> Result<Part, Failure> {
    Ok(match part {
        types::Part::Text(text) => Part::Text(text),
        types::Part::Image(blob) => Part::Image { media_type: blob.media_type, data: blob.data },
        types::Part::Document(blob) => Part::Document { media_type: blob.media_type, data: blob.data },
        types::Part::Table(text) => match serde_json::from_str::<Value>(&text) {
            Ok(Value::Array(rows)) if rows.iter().all(Value::is_object) => Part::Table(Value::Array(rows)),
            _ => {
                return Err(Failure::Internal(
                    "the plugin gave a table that is not a JSON array of objects".to_owned(),
                ));
            }
        },
    })
}
