//! The commands, and how they end.

mod ask;
mod audit;
mod backup;
mod costs;
mod doctor;
mod evidence;
mod export;
mod mcp;
mod only;
mod plugin;
mod run;

use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use crate::cli::{AuditCommand, Cli, Command};
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// Runs the command line to its end. One sentence on stderr and a documented code when something is wrong.
pub fn main(cli: Cli) -> ExitCode {
    if let Some(Command::CompileComponent) = cli.command {
        return compile_component();
    }
    claudetools_jail::give_back_memory();
    match dispatch(cli) {
        Ok(code) => code,
        Err(fatal) => {
            eprintln!("claudetools: {fatal}");
            fatal.exit.into()
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, Fatal> {
    let policy = cli.policy.as_deref();
    let config = Config::load()?;
    log_to_stderr(&config.log)?;
    match cli.command.unwrap_or(Command::Run { console: false, port: crate::cli::DEFAULT_PORT }) {
        Command::Run { console, port } => block_on(run::run(&config, policy, console, port)),
        Command::Ask { question, json, thread, client } => {
            let about = ask::About { thread: ask::thread_id(thread), client };
            block_on(ask::ask(&config, policy, question, json, about))
        }
        Command::Export { thread, json } => block_on(export::export(&config, policy, &thread, json)),
        Command::Evidence { verify: Some(file), ledger, .. } => block_on(evidence::verify(&config, &file, ledger)),
        Command::Evidence { thread, out, .. } => {
            block_on(evidence::pack(&config, policy, &thread.unwrap_or_default(), out))
        }
        Command::Audit { command: AuditCommand::Verify } => block_on(audit::verify(&config)),
        Command::Costs { by, month, json } => block_on(costs::costs(&config, by, month, json)),
        Command::Backup { file } => block_on(backup::backup(&config, file)),
        Command::Restore { file } => block_on(backup::restore(&config, &file)),
        Command::Mcp { role } => block_on(mcp::mcp(&config, policy, &role)),
        Command::Doctor { format } => return block_on(doctor::doctor(&config, policy, format)),
        Command::Plugin { command } => return block_on(plugin::run(&config, policy, command)),
        Command::CompileComponent => Ok(()),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn block_on<T>(work: impl Future<Output = Result<T, Fatal>>) -> Result<T, Fatal> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fatal::new(Exit::Failed, format!("the system gives no threads: {error}")))?;
    runtime.block_on(work)
}

/// Writes to stdout. A reader that has gone, such as `head`, has seen what it wanted.
fn out(text: impl std::fmt::Display) -> Result<(), Fatal> {
    match write!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Fatal::new(Exit::Failed, format!("stdout can't be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// What the jailed child does: no settings, no log, no network.
fn compile_component() -> ExitCode {
    match claudetools_sandbox::compile_from_stdin() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Colours are for a terminal: a journal would keep them as noise.
fn log_to_stderr(filter: &str) -> Result<(), Fatal> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).map_err(|error| {
        Fatal::new(
            Exit::Config,
            format!("RUST_LOG is `{filter}` ({error}); expected error, warn, info, debug, or tracing's filters"),
        )
    })?;
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    log.with_target(false).init();
    Ok(())
}
