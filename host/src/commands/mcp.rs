//! `claudetools mcp`: the approved tools for any MCP client, over stdin and stdout.
//!
//! The same toolbox as a turn's: the same policy, the same sandbox, the same audit. What a client calls, its model
//! calls, so the origin is `model`; the role is given at start and is all that the client has. A bot may run meanwhile, and other clients: the audit is one.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use claudetools_agent::tools::{ToolCall, ToolDef, ToolEvent, ToolResult, Tools as _};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_policy::{Caller, ChannelPolicy, MemberId, Origin};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject, ListToolsResult,
    PaginatedRequestParams, ProgressNotificationParam, ProgressToken, ServerCapabilities, ServerConfig, Tool,
    ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, Peer, RoleServer, ServerHandler, ServiceExt as _};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::plugin::as_role;
use crate::boot::{self, Beside, Ground};
use crate::config::Config;
use crate::exit::{Exit, Fatal};
use crate::in_force::Newest;
use crate::reload::Reload;
use crate::toolbox::Toolbox;

/// Serves until the client closes stdin. Plugins and policy follow their files meanwhile.
pub async fn mcp(config: &Config, policy_file: Option<&Path>, role: &str) -> Result<(), Fatal> {
    let file = boot::policy(policy_file)?;
    let roles = as_role(&file.policy, role)?.roles;
    let Ground { file, ledger, scratch, sandbox, sources, .. } = boot::ground(config, file, Beside::Bot).await?;
    let scrub = sources.scrub.clone();
    let reload = Reload::start(file, &config.data_dir, Arc::clone(&sandbox), ledger.clone(), sources).await;
    let toolbox = Toolbox::new(reload.newest(), sandbox, ledger.clone(), scrub);
    let (newest, tasks) = (reload.newest(), toolbox.tasks());
    let stop = CancellationToken::new();
    let reloading = tokio::spawn(reload.run(stop.clone()));
    let thread = ThreadId::new("mcp", uuid::Uuid::now_v7().to_string());
    let server = Server { toolbox: Arc::new(toolbox), thread, roles };
    let ended = serve(server, newest).await;
    stop.cancel();
    // It ends with the token; a panic in it was logged.
    let _ = reloading.await;
    tasks.stop_all().await;
    ledger.close().await;
    drop(scratch);
    ended
}

async fn serve(server: Server, mut newest: Newest) -> Result<(), Fatal> {
    let gone = |error: String| Fatal::new(Exit::Failed, format!("the MCP client can't be served: {error}"));
    let running = server.serve(rmcp::transport::stdio()).await.map_err(|error| gone(error.to_string()))?;
    let peer = running.peer().clone();
    let tell = tokio::spawn(async move {
        while newest.changed().await.is_ok() && peer.notify_tool_list_changed().await.is_ok() {}
    });
    let ended = running.waiting().await;
    tell.abort();
    ended.map(drop).map_err(|error| gone(error.to_string()))
}

/// One session: a client, its role, and a thread of its own for what plugins remember.
struct Server {
    toolbox: Arc<Toolbox>,
    thread: ThreadId,
    roles: BTreeSet<String>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let mut info =
            ServerConfig::new(ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build());
        info.server_info = Implementation::new("claudetools", env!("CARGO_PKG_VERSION"));
        info
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.toolbox.offered(&ChannelPolicy::default()).into_iter();
        Ok(ListToolsResult::with_all_items(tools.map(|tool| described(&self.toolbox, tool)).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let call = self.call(request);
        let (events, heard) = unbounded_channel();
        let told = context.meta.get_progress_token().map(|token| tokio::spawn(tell(context.peer, token, heard)));
        let result = self.toolbox.call(call, events, context.ct).await;
        if let Some(told) = told {
            // Progress is complete before the result, as the protocol wants it; a client that is gone hears neither.
            let _ = told.await;
        }
        Ok(answer(result).into())
    }
}

impl Server {
    fn call(&self, request: CallToolRequestParams) -> ToolCall {
        let id = uuid::Uuid::now_v7().to_string();
        ToolCall {
            id: id.clone(),
            name: request.name.into_owned(),
            input: Value::Object(request.arguments.unwrap_or_default()).to_string(),
            turn: TurnId(id),
            thread: self.thread.clone(),
            caller: Caller {
                member: MemberId("mcp:local".to_owned()),
                roles: self.roles.clone(),
                origin: Origin::Model,
            },
            own: self.roles.clone(),
        }
    }
}

/// A tool as MCP describes it.
fn described(toolbox: &Toolbox, tool: ToolDef) -> Tool {
    let annotations = ToolAnnotations::new().read_only(toolbox.read_only(&tool.name));
    let schema: JsonObject = match tool.input_schema {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    };
    Tool::new(tool.name, tool.description, schema).with_annotations(annotations)
}

/// Passes on what a tool says while it runs. MCP wants numbers that grow: where the tool counts no steps, its lines are.
async fn tell(peer: Peer<RoleServer>, token: ProgressToken, mut heard: UnboundedReceiver<ToolEvent>) {
    let mut progress = 0.0;
    while let Some(event) = heard.recv().await {
        let mut note = ProgressNotificationParam::new(token.clone(), progress);
        match event {
            ToolEvent::Steps { done, total } => {
                progress = f64::max(progress, f64::from(done));
                note.total = total.map(f64::from);
            }
            ToolEvent::Status(text)
            | ToolEvent::Append(text)
            | ToolEvent::Waits(text)
            | ToolEvent::File { name: text, .. } => {
                progress += 1.0;
                note.message = Some(text);
            }
            // The client has the call's input and asks for no more.
            ToolEvent::Changed(_) | ToolEvent::Todos(_) => continue,
        }
        note.progress = progress;
        if peer.notify_progress(note).await.is_err() {
            return;
        }
    }
}

fn answer(result: ToolResult) -> CallToolResult {
    let content = result.content.iter().map(|block| content(block.json())).collect();
    if result.is_error { CallToolResult::error(content) } else { CallToolResult::success(content) }
}

/// A block of the Messages API as MCP writes it. A document has no kind of its own there.
fn content(json: &str) -> ContentBlock {
    let block: Value = serde_json::from_str(json).unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let source = &block["source"];
    match block["type"].as_str() {
        Some("image") => ContentBlock::image(word(&source["data"]), word(&source["media_type"])),
        Some("document") => {
            let resource = serde_json::json!({
                "uri": "claudetools:document", "mimeType": source["media_type"], "blob": source["data"],
            });
            match serde_json::from_value(resource) {
                Ok(resource) => ContentBlock::resource(resource),
                Err(_) => ContentBlock::text("(a document that can't be shown here)"),
            }
        }
        _ => ContentBlock::text(word(&block["text"])),
    }
}
