//! Compiling in a child: this very program, run again as `compile-component`.
//!
//! It has no test harness, for the child must do nothing but compile.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

#[expect(dead_code, reason = "it uses a part of what the other tests do")]
mod guest;
#[path = "child/memory.rs"]
mod memory;

use claudetools_sandbox::{Compiler, Part, compile_from_stdin};
use guest::{House, bare, component};

const ANSWER: &str = "(call $answer (local.get $input) (local.get $input-len))";

/// A setting of the program that holds a token.
const SETTING: &str = "DISCORD_TOKEN";

fn main() {
    if std::env::args().nth(1).as_deref() == Some("compile-component") {
        if std::env::vars_os().next().is_some() || memory::holds_token().unwrap() {
            eprintln!("the compiler could give away the token");
            std::process::exit(1);
        }
        if let Err(error) = compile_from_stdin() {
            eprintln!("{error}");
            std::process::exit(1);
        }
        return;
    }
    if std::env::var_os(SETTING).is_none() {
        return with_token();
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!("running 3 tests");
    no_token_of_the_program_is_in_the_memory_of_its_compiler(&runtime);
    println!("test no_token_of_the_program_is_in_the_memory_of_its_compiler ... ok");
    runtime.block_on(a_component_compiled_by_a_child_runs());
    println!("test a_component_compiled_by_a_child_runs ... ok");
    runtime.block_on(what_a_child_cannot_compile_is_a_refusal());
    println!("test what_a_child_cannot_compile_is_a_refusal ... ok");
    println!("test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
}

/// Starts this program again, with a token among its settings.
#[expect(clippy::disallowed_methods, reason = "a test that starts itself")]
fn with_token() {
    let me = std::env::current_exe().unwrap();
    let status = std::process::Command::new(me).env(SETTING, memory::token()).status().unwrap();
    std::process::exit(status.code().unwrap_or(1));
}

/// The child looks for it before it compiles; here it is found.
fn no_token_of_the_program_is_in_the_memory_of_its_compiler(runtime: &tokio::runtime::Runtime) {
    assert!(memory::holds_token().unwrap(), "who looks for it must be able to find it");
    runtime.block_on(a_component_compiled_by_a_child_runs());
}

async fn a_component_compiled_by_a_child_runs() {
    let house = House::with("", "", Compiler::Child(std::env::current_exe().unwrap()));
    let outcome = house.call(&component("", ANSWER, "")).await;
    assert_eq!(outcome.result.unwrap().parts, [Part::Text("{}".to_owned())]);
}

/// The manifest is whole, the code is not valid: a function without its result.
async fn what_a_child_cannot_compile_is_a_refusal() {
    let house = House::with("", "", Compiler::Child(std::env::current_exe().unwrap()));
    let good = component("", ANSWER, "");
    let mut admitted = house.admitted(&good);
    let mut bytes = bare("", ANSWER, "");
    // The constant 1024 of `$answer`'s last line becomes one of another type.
    let at = bytes.windows(4).rposition(|window| window == [0x41, 0x80, 0x08, 0x0b]).unwrap();
    bytes[at] = 0x42;
    admitted.found.component = claudetools_policy::Digest::of(&bytes);
    let refusal = house.sandbox.load(&bytes, admitted).await.unwrap_err();
    assert_eq!(refusal.to_string(), "proto.export: The component cannot be compiled.");
    assert!(refusal.hint.unwrap().contains("type mismatch"));
}
