//! `enable` lists bash's own builtins, not every command that happens to be in process.

use async_trait::async_trait;
use bashkit::{Builtin, BuiltinContext, ExecResult, Result};

/// The builtins of bash 5.2, in the order in which it lists them.
const BUILTINS: &str = ". : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs \
    disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile \
    popd printf pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type \
    typeset ulimit umask unalias unset wait";
/// Those that POSIX calls special.
const SPECIAL: &str = ". : break continue eval exec exit export readonly return set shift source times trap unset";

/// The builtin.
pub struct Enable;

#[async_trait]
impl Builtin for Enable {
    async fn execute(&self, context: BuiltinContext<'_>) -> Result<ExecResult> {
        let args: Vec<&str> = context.args.iter().map(String::as_str).collect();
        Ok(match args[..] {
            [] | ["-p" | "-a" | "-ap" | "-pa"] => list(BUILTINS),
            ["-s" | "-ps" | "-sp"] => list(SPECIAL),
            ["-n" | "-pn" | "-np"] => ExecResult::ok(""),
            _ if args.iter().all(|name| BUILTINS.split_whitespace().any(|known| known == *name)) => ExecResult::ok(""),
            _ => ExecResult::err("bash: enable: builtins are never disabled or loaded here\n", 1),
        })
    }
}

fn list(names: &str) -> ExecResult {
    ExecResult::ok(names.split_whitespace().map(|name| format!("enable {name}\n")).collect::<String>())
}
