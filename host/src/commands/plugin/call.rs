//! `claudetools plugin call`: one tool from the shell.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use claudetools_agent::TurnId;
use claudetools_agent::message::{RawBlock, View};
use claudetools_agent::tools::{ToolCall, ToolEvent, ToolResult, Tools as _};
use claudetools_policy::{Adopted, Caller, MemberId, Origin, Policy};
use claudetools_sandbox::{Sandbox, inspect, read_component};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::super::ask::{About, lines, plain, thread_id};
use super::out;
use super::why::as_role;
use crate::approval;
use crate::boot::{self, Beside, Ground};
use crate::catalog::{Catalog, Quarantined};
use crate::cli::CallArgs;
use crate::config::Config;
use crate::exit::{Exit, Fatal};
use crate::in_force::InForce;
use crate::toolbox::Toolbox;

/// A component with a language's runtime in it takes a minute to compile: nobody should think that it hangs.
const SILENT: Duration = Duration::from_secs(1);

/// Calls a tool as a person who asks for exactly this call. Exit 1 when it failed or was refused.
pub async fn call(config: &Config, policy_file: Option<&Path>, args: CallArgs) -> Result<(), Fatal> {
    let input = input(args.input)?;
    let mut file = boot::policy(policy_file)?;
    // No directory: nothing lies in it that could stand beside the component.
    let base = args.file.clone().unwrap_or_else(|| file.base.clone());
    if let Some(component) = &args.file {
        only(&mut file.policy, component)?;
    }
    let caller = caller(&file.policy, args.role.as_deref())?;
    let Ground { file, ledger, scratch, sandbox, sources, .. } = boot::ground(config, file, Beside::Bot).await?;
    let Adopted { policy, held } = approval::begin(file.policy, &config.data_dir);
    held.iter().for_each(|held| tracing::warn!("{held}"));
    let catalog = loaded(&sandbox, &policy, &base).await;
    let waiting = waiting(&catalog, &args.tool);
    sources.load(&policy).iter().for_each(|fault| tracing::warn!("{fault}"));
    let about = About { thread: thread_id(args.thread), client: args.client };
    about.bind(&ledger, &policy).await?;
    let in_force = InForce::fixed(catalog, policy);
    let toolbox = Toolbox::new(in_force, sandbox, ledger.clone(), sources.scrub);
    let call = ToolCall {
        id: format!("call_{}", uuid::Uuid::now_v7().simple()),
        name: args.tool,
        input,
        turn: TurnId(uuid::Uuid::now_v7().to_string()),
        thread: about.thread,
        own: caller.roles.clone(),
        caller,
    };
    let (events, heard) = tokio::sync::mpsc::unbounded_channel();
    let told = tokio::spawn(tell(heard));
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let result = toolbox.call(call, events, stop).await;
    // It ends with the channel; a panic in printing is not the tool's.
    let _ = told.await;
    toolbox.tasks().stop_all().await;
    ledger.close().await;
    drop(scratch);
    match waiting {
        Some(reasons) => Err(Fatal::new(Exit::Failed, reasons)),
        None => print(&result),
    }
}

/// Why nobody may call a tool that is there: who works on a plugin is to see more than that there is none.
fn waiting(catalog: &Catalog, tool: &str) -> Option<String> {
    let has = |plugin: &&Quarantined| {
        plugin.found.as_ref().is_some_and(|found| found.manifest.tools.iter().any(|known| known.name == tool))
    };
    let plugin = catalog.quarantine.iter().find(has).filter(|_| catalog.with_tool(tool).is_none())?;
    let reasons: Vec<String> = plugin.reasons.iter().map(ToString::to_string).collect();
    Some(format!("`{}` is in quarantine: {}", plugin.name, reasons.join("; ")))
}

/// The plugins; who waits for a compiler is told so.
async fn loaded(sandbox: &Sandbox, policy: &Policy, base: &Path) -> Catalog {
    let mut loading = std::pin::pin!(Catalog::load(sandbox, policy, base));
    match tokio::time::timeout(SILENT, &mut loading).await {
        Ok(catalog) => catalog,
        Err(_) => {
            eprintln!(
                "· loading the plugins; one that is new here is compiled first, and the next call finds it compiled"
            );
            loading.await
        }
    }
}

fn input(input: String) -> Result<String, Fatal> {
    let mut text = input;
    if text == "-" {
        text.clear();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| Fatal::new(Exit::Usage, format!("the input can't be read from stdin ({error})")))?;
    }
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
        Ok(_) => Ok(text),
        Err(error) => {
            let message = format!(
                "the input is not a JSON object ({error}); expected such as '{{\"file_path\":\"/repo/README.md\"}}'"
            );
            Err(Fatal::new(Exit::Usage, message))
        }
    }
}

/// Lets the plugin's table name this component, and no other table name any.
fn only(policy: &mut Policy, component: &Path) -> Result<(), Fatal> {
    let found = read_component(component).and_then(|bytes| inspect(&bytes)).map_err(Fatal::of(Exit::Failed))?;
    let place = std::path::absolute(component).map_err(Fatal::of(Exit::Failed))?;
    policy.plugins.values_mut().for_each(|table| table.component = None);
    let table = policy.plugins.get_mut(&found.manifest.name).ok_or_else(|| {
        let name = &found.manifest.name;
        Fatal::new(
            Exit::Config,
            format!("plugins.toml has no `[plugin.{name}]`: `claudetools plugin approve {name}` prints one"),
        )
    })?;
    table.component = Some(place);
    Ok(())
}

fn caller(policy: &Policy, role: Option<&str>) -> Result<Caller, Fatal> {
    match role {
        Some(role) => as_role(policy, role),
        None => {
            let roles = policy.roles_of(&BTreeSet::from(["local".to_owned()]));
            Ok(Caller { member: MemberId("cli:local".into()), roles, origin: Origin::User })
        }
    }
}

/// Progress goes to stderr, a line each; what a plugin says must not steer the terminal.
async fn tell(mut events: UnboundedReceiver<ToolEvent>) {
    while let Some(event) = events.recv().await {
        match event {
            ToolEvent::Status(text)
            | ToolEvent::Append(text)
            | ToolEvent::Waits(text)
            | ToolEvent::File { name: text, .. } => {
                eprintln!("· {}", plain(&text))
            }
            ToolEvent::Todos(_) => {}
            ToolEvent::Changed(diff) => eprint!("{}", lines(&diff)),
            ToolEvent::Steps { done, total: Some(total) } => eprintln!("· {done} of {total}"),
            ToolEvent::Steps { done, total: None } => eprintln!("· {done}"),
        }
    }
}

fn print(result: &ToolResult) -> Result<(), Fatal> {
    let texts: Vec<String> = result.content.iter().map(block).collect();
    let text = lines(&texts.join("\n"));
    if result.is_error {
        return Err(Fatal::new(Exit::Failed, text));
    }
    out(format_args!("{text}\n"))
}

fn block(block: &RawBlock) -> String {
    match block.view() {
        View::Text(text) => text,
        View::Other(kind) => format!("[{kind}, {} bytes of JSON]", block.json().len()),
        _ => String::new(),
    }
}
