//! The gateway's connections.

use std::io::Write;
use std::ops::ControlFlow;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::actors::Person;
use super::server::Shared;
use super::session::{Out, Session};
use super::state::State;
use super::{BOT, GUILD, TOKEN, events};

/// Discord closes a connection that sends more than this (4002).
const MOST_PAYLOAD: usize = 4096;

pub(super) async fn serve(listener: TcpListener, shared: Shared) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move { connection(stream, shared).await });
    }
}

async fn connection(stream: TcpStream, shared: Shared) {
    if shared.change(|state| state.hub.closed) {
        return;
    }
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
        return;
    };
    let interval = shared.change(|state| state.hub.heartbeat_ms);
    let hello = json!({"op": 10, "d": {"heartbeat_interval": interval, "_trace": []}});
    if socket.send(Frame::Text(hello.to_string())).await.is_err() {
        return;
    }
    let (line, out) = unbounded_channel();
    talk(socket, out, line, &shared).await;
}

async fn talk(
    mut socket: WebSocketStream<TcpStream>,
    mut out: UnboundedReceiver<Out>,
    line: UnboundedSender<Out>,
    shared: &Shared,
) {
    loop {
        let flow = tokio::select! {
            Some(next) = out.recv() => send(&mut socket, next, shared).await,
            heard = socket.next() => match heard {
                Some(Ok(Frame::Text(text))) => {
                    shared.change(|state| hear(state, &text, &line));
                    ControlFlow::Continue(())
                }
                Some(Ok(Frame::Close(_)) | Err(_)) | None => ControlFlow::Break(()),
                Some(Ok(_)) => ControlFlow::Continue(()),
            },
        };
        if flow.is_break() {
            break;
        }
    }
    shared.change(|state| leave(state, &line));
}

async fn send(socket: &mut WebSocketStream<TcpStream>, out: Out, shared: &Shared) -> ControlFlow<()> {
    let frame = match out {
        Out::Payload(payload) => {
            let compress = shared.change(|state| state.hub.sessions.iter().any(|session| session.compress));
            frame(&payload, compress && payload["op"] == 0)
        }
        Out::Close(code) => {
            let close = CloseFrame { code: code.into(), reason: "".into() };
            let _closed = socket.close(Some(close)).await;
            return ControlFlow::Break(());
        }
        Out::Drop => return ControlFlow::Break(()),
    };
    match socket.send(frame).await {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

fn frame(payload: &Value, compress: bool) -> Frame {
    if !compress {
        return Frame::Text(payload.to_string());
    }
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    match packer.write_all(payload.to_string().as_bytes()).and_then(|()| packer.finish()) {
        Ok(bytes) => Frame::Binary(bytes),
        Err(_) => Frame::Text(payload.to_string()),
    }
}

fn hear(state: &mut State, text: &str, line: &UnboundedSender<Out>) {
    if text.len() > MOST_PAYLOAD {
        state.problem(format!("gateway: a payload of {} bytes ({MOST_PAYLOAD} at most)", text.len()));
        let _closed = line.send(Out::Close(4002));
        return;
    }
    let Ok(payload) = serde_json::from_str::<Value>(text) else {
        state.problem("gateway: a payload that is not JSON");
        return;
    };
    match payload["op"].as_u64() {
        Some(1) if !state.hub.deaf => drop(line.send(Out::Payload(json!({"op": 11})))),
        Some(1 | 8) => {}
        Some(2) => identify(state, &payload["d"], line),
        Some(3) => state.presence = payload["d"].clone(),
        Some(6) => resume(state, &payload["d"], line),
        op => state.problem(format!("gateway: opcode {op:?} is not expected from a bot")),
    }
}

fn identify(state: &mut State, asked: &Value, line: &UnboundedSender<Out>) {
    if state.hub.starts_left() == 0 {
        state.problem("gateway: a session more than Discord allows in a day; the token is reset");
    }
    state.hub.identifies += 1;
    state.hub.starts.0 = state.hub.starts.0.saturating_sub(1);
    let refusal = match state.hub.refuse {
        Some(code) => Some(code),
        None if !is_token(&asked["token"]) => Some(4004),
        None => None,
    };
    if let Some(code) = refusal {
        let _closed = line.send(Out::Close(code));
        return;
    }
    let id = format!("session-{}", state.hub.identifies);
    let (compress, intents) = (asked["compress"] == true, asked["intents"].as_u64().unwrap_or(0));
    state.presence = asked["presence"].clone();
    let mut session = Session { id, seq: 0, log: Vec::new(), line: Some(line.clone()), compress, intents, mute: false };
    session.push("READY", ready(state, &session.id));
    session.push("GUILD_CREATE", events::guild(state));
    state.hub.sessions.clear();
    state.hub.sessions.push(session);
}

/// The gateway takes the token with and without `Bot ` before it.
fn is_token(given: &Value) -> bool {
    given.as_str().is_some_and(|text| text.strip_prefix("Bot ").unwrap_or(text) == TOKEN)
}

fn ready(state: &State, session: &str) -> Value {
    let mut user = events::user(&Person::bot());
    (user["mfa_enabled"], user["verified"], user["email"]) = (json!(false), json!(true), Value::Null);
    json!({
        "v": 10, "user": user, "guilds": [{"id": GUILD.to_string(), "unavailable": true}], "session_id": session,
        "resume_gateway_url": state.gateway_url, "shard": [0, 1],
        "application": {"id": BOT.to_string(), "flags": 0}, "private_channels": [], "session_type": "normal",
    })
}

fn resume(state: &mut State, asked: &Value, line: &UnboundedSender<Out>) {
    let seq = asked["seq"].as_u64().unwrap_or(0);
    let found = state.hub.sessions.iter_mut().find(|session| asked["session_id"] == *session.id);
    let Some(session) = found.filter(|_| is_token(&asked["token"])) else {
        let _sent = line.send(Out::Payload(json!({"op": 9, "d": false})));
        return;
    };
    session.line = Some(line.clone());
    let missed: Vec<Value> =
        session.log.iter().filter(|(number, _)| *number > seq).map(|(_, payload)| payload.clone()).collect();
    for payload in missed {
        session.send(Out::Payload(payload));
    }
    session.push("RESUMED", json!({"_trace": []}));
    state.hub.resumes += 1;
}

fn leave(state: &mut State, line: &UnboundedSender<Out>) {
    for session in &mut state.hub.sessions {
        if session.line.as_ref().is_some_and(|own| own.same_channel(line)) {
            session.line = None;
        }
    }
}
