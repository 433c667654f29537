//! What is mended: faults of the interpreter, each in one named place, from outside and without a fork.
//!
//! - [`VARIABLES`]: variables that bash has from its start.
//! - `arrays`: `declare +a` of an array.
//! - `caller`: the builtin, which answers nothing of the call stack.
//! - `command`: `BASH_COMMAND`, which is always empty.
//! - `conditions`: operators of `[[ … ]]` that only `[ … ]` knows.
//! - `debug`: DEBUG traps under `extdebug`.
//! - `enable`: the builtin, which lists every command.
//! - `names`: builtins that stand in the way of native programs of the same name.
//! - `nested`: `${text//${part}/other}`, which is read wrongly where the pattern is written with braces.
//! - `scan`: finds all of them in a script, and small ones: `$-`, `$EPOCHSECONDS`, `OPTIND=0`, a lone `!`.

mod arrays;
mod caller;
mod command;
mod conditions;
mod debug;
mod enable;
mod names;
mod nested;
mod scan;

pub use names::is_kept;
pub use scan::mended;

/// Run before each script. `OLDPWD` is exported and unset until the first `cd`.
pub const VARIABLES: &str = r#"
IFS=$' \t\n'
OPTERR=1
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
unset OLDPWD
"#;

/// The builtins that stand for what is mended, for one script.
pub fn builtins(script: &str) -> [(&'static str, Box<dyn bashkit::Builtin>); 4] {
    [
        ("caller", Box::new(caller::Caller)),
        ("enable", Box::new(enable::Enable)),
        (arrays::NAME, Box::new(arrays::NoArray)),
        (command::NAME, Box::new(command::Command::of(script))),
    ]
}
