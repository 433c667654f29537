//! Native programs: what the shell does not have itself is asked of the host, which decides, jails and streams.

use std::sync::Arc;

use async_trait::async_trait;
use bashkit::{Builtin, BuiltinRegistry, Command, CommandContext, CommandResolver, CommandStatus, Result};
use claudetools_kit::Refusal;

/// Programs that people know as such, so that they read what is the matter. Other names are not found, as in bash.
const KNOWN: &[&str] = &[
    "ansible",
    "ansible-playbook",
    "apt",
    "apt-get",
    "aws",
    "az",
    "brew",
    "bun",
    "cargo",
    "cmake",
    "composer",
    "curl",
    "deno",
    "dig",
    "dnf",
    "docker",
    "docker-compose",
    "dotnet",
    "ffmpeg",
    "gcc",
    "gcloud",
    "gh",
    "git",
    "go",
    "gpg",
    "gradle",
    "helm",
    "http",
    "ifconfig",
    "ip",
    "iptables",
    "java",
    "journalctl",
    "kubectl",
    "make",
    "mount",
    "mvn",
    "mysql",
    "nc",
    "nmap",
    "node",
    "npm",
    "npx",
    "nslookup",
    "openssl",
    "perl",
    "php",
    "ping",
    "pip",
    "pip3",
    "pnpm",
    "podman",
    "powershell",
    "ps",
    "psql",
    "pwsh",
    "pytest",
    "python",
    "python3",
    "rclone",
    "rsync",
    "ruby",
    "rustc",
    "scp",
    "sftp",
    "smbclient",
    "snmpwalk",
    "sops",
    "sqlite3",
    "ssh",
    "sudo",
    "systemctl",
    "tailscale",
    "terraform",
    "tofu",
    "traceroute",
    "uv",
    "vault",
    "wget",
    "whois",
    "winrm",
    "xdg-open",
    "yarn",
    "zsh",
];

/// Through so many hands output goes from a command to who watches; each is to have its turn.
const HANDS: usize = 8;

/// What a program did next.
#[cfg_attr(not(target_family = "wasm"), expect(dead_code, reason = "outside of the host no program starts"))]
pub enum Event {
    /// Bytes of its standard output.
    Stdout(Vec<u8>),
    /// Bytes of its standard error.
    Stderr(Vec<u8>),
    /// It ended with this exit code.
    Exited(i32),
    /// The host ended it.
    Stopped(Refusal),
}

/// Makes a command of every name that the shell does not know.
pub struct Programs;

impl CommandResolver for Programs {
    fn resolve(&self, name: &str) -> Option<Arc<dyn Builtin>> {
        // A path is a file's, which the shell has looked for itself.
        if name.contains('/') || name.is_empty() {
            return None;
        }
        // The registry is what makes a builtin of a command that streams.
        let registry = BuiltinRegistry::new();
        registry.insert_command(name, Program);
        registry.lookup(name)
    }
}

struct Program;

#[async_trait]
impl Command for Program {
    async fn execute(&self, context: CommandContext<'_>) -> Result<CommandStatus> {
        let mut input = Vec::new();
        while let Some(bytes) = context.stdin.read_chunk().await? {
            input.extend(bytes);
        }
        let directory = context.cwd.to_string_lossy();
        let child = match host::start(context.name, context.args, &directory, input) {
            Ok(child) => child,
            Err(refusal) => {
                let (sentence, status) = refused(context.name, &refusal);
                context.stderr.write_all(sentence.as_bytes()).await?;
                return Ok(CommandStatus::with_code(status));
            }
        };
        loop {
            // The host's answer is waited for without letting others run: what was said so far goes on its way first.
            for _ in 0..HANDS {
                tokio::task::yield_now().await;
            }
            match host::next(&child) {
                Event::Stdout(bytes) => context.stdout.write_all(&bytes).await?,
                Event::Stderr(bytes) => context.stderr.write_all(&bytes).await?,
                Event::Exited(status) => return Ok(CommandStatus::with_code(status)),
                Event::Stopped(refusal) => {
                    let sentence = format!("bash: {}: {}: {}\n", context.name, refusal.code, refusal.message);
                    context.stderr.write_all(sentence.as_bytes()).await?;
                    return Ok(CommandStatus::with_code(126));
                }
            }
        }
    }
}

/// What a person reads of a program that does not start, and the exit code.
fn refused(name: &str, refusal: &Refusal) -> (String, i32) {
    match refusal.code.as_str() {
        "exec.program" if KNOWN.binary_search(&name).is_ok() => {
            (format!("bash: `{name}` is a native program; it is not granted\n"), 127)
        }
        "exec.program" => (format!("bash: {name}: command not found\n"), 127),
        code => (format!("bash: {name}: {code}: {}\n", refusal.message), 126),
    }
}

#[cfg(target_family = "wasm")]
mod host {
    use claudetools_kit::process;

    use super::{Event, Refusal};

    pub type Child = process::Child;

    pub fn start(program: &str, args: &[String], directory: &str, input: Vec<u8>) -> Result<Child, Refusal> {
        let (program, args, directory) = (program.to_owned(), args.to_vec(), directory.to_owned());
        Child::start(&process::Command { program, args, directory, input })
    }

    pub fn next(child: &Child) -> Event {
        match child.next() {
            process::Event::Stdout(bytes) => Event::Stdout(bytes),
            process::Event::Stderr(bytes) => Event::Stderr(bytes),
            process::Event::Exited(status) => Event::Exited(status),
            process::Event::Stopped(refusal) => Event::Stopped(refusal),
        }
    }
}

/// Outside of the host no program is granted.
#[cfg(not(target_family = "wasm"))]
mod host {
    use super::{Event, Refusal};

    pub struct Child(Refusal);

    pub fn start(program: &str, _args: &[String], _directory: &str, _input: Vec<u8>) -> Result<Child, Refusal> {
        let refusal = |code: &str| Refusal { code: code.into(), message: "no grant gives it".into() };
        if program == "stopped" { Ok(Child(refusal("limit.time"))) } else { Err(refusal("exec.program")) }
    }

    pub fn next(child: &Child) -> Event {
        Event::Stopped(child.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, code: &str) -> String {
        let (sentence, status) = refused(name, &Refusal { code: code.into(), message: "the jail broke".into() });
        format!("{status} {}", sentence.trim_end())
    }

    #[test]
    fn a_known_program_that_is_not_granted_is_said_to_be_one() {
        insta::assert_snapshot!(said("docker", "exec.program"), @"127 bash: `docker` is a native program; it is not granted");
    }

    #[test]
    fn an_unknown_name_is_not_found() {
        insta::assert_snapshot!(said("dokcer", "exec.program"), @"127 bash: dokcer: command not found");
    }

    #[test]
    fn any_other_refusal_is_told_in_the_hosts_words() {
        insta::assert_snapshot!(said("git", "exec.jail"), @"126 bash: git: exec.jail: the jail broke");
    }

    #[test]
    fn the_known_programs_are_in_order_for_the_search() {
        assert!(KNOWN.is_sorted());
    }
}
