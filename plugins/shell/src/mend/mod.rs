//! What is mended: faults of the interpreter, each in one named place, from outside and without a fork.
//!
//! - [`VARIABLES`]: variables that bash has from its start.
//! - `caller`: the builtin, which answers nothing of the call stack.
//! - `conditions`: operators of `[[ … ]]` that only `[ … ]` knows.
//! - `enable`: the builtin, which lists every command.
//! - `names`: builtins that stand in the way of native programs of the same name.
//! - `nested`: `${text//${part}/other}`, which is read wrongly where the pattern is written with braces.

mod caller;
mod conditions;
mod enable;
mod names;
mod nested;
mod scan;

pub use caller::Caller;
pub use enable::Enable;
pub use names::is_kept;
pub use scan::mended;

/// Run before each script. `OLDPWD` is exported and unset until the first `cd`.
pub const VARIABLES: &str = r#"
IFS=$' \t\n'
OPTERR=1
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
unset OLDPWD
"#;
