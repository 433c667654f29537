//! `cargo xtask run | build | test | bench | kills | soak | look | shell-cases | sabotage`: everything a fresh machine needs, from a checkout to a running bot.
//!
//! It uses only what rustup, git and a C compiler give, adds the `wasm32-wasip2` target itself, and says in
//! one sentence what is missing when something is.

#![forbid(unsafe_code)]
#![expect(clippy::disallowed_methods, reason = "a build tool starts cargo and rustup; the product never runs it")]

mod fuzz;
mod guests;
mod python;
mod sabotage;
mod shell_cases;
mod steps;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  run [ARGS]   build everything in release mode and start claudetools (ARGS go to it)
  build        build the plugins and the program in release mode
  test         everything CI runs: format, lints, docs, plugins, all tests
  guests       prepare only what tests start: the plugins, the hostile guests, what comes from PyPI and npm
  bench        print the benchmarks
  kills        kill the program two hundred times while twenty threads work; REL_SEED=N repeats a run
  soak [MINUTES] [SEED]
               let random faults happen to the program, half an hour where nothing is said
  look         play scenes with the real program, and draw them as Discord would: pages in target/look
  fuzz [TARGET] [SECONDS]
               run the fuzz targets, each for ten minutes or so many seconds; needs a nightly compiler
  shell-cases [DIR]
               run the shell cases of a directory (../shared/fixtures/shell) with the machine's bash, in a jail,
               and with the plugin's, and list what differs
  sabotage [NAMES]
               take out one check after the other in a copy, and see that the attacks which name it get through";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let done = match command.as_str() {
        "run" => steps::run_bot(&rest),
        "build" => steps::build(),
        "test" => steps::test(),
        "guests" => python::prepare().and_then(|()| guests::build_all()),
        "bench" => steps::bench(),
        "kills" => steps::kills(),
        "soak" => steps::soak(&rest),
        "look" => steps::look(),
        "fuzz" => fuzz::fuzz(&rest),
        "shell-cases" => shell_cases::run(&rest),
        "sabotage" => sabotage::run(&rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo xtask {command}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
