//! Bash as a turn calls it: through policy, audit and the sandbox, with what it leaves in the thread.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "shell/background.rs"]
mod background;
#[path = "shell/hostile.rs"]
mod hostile;
#[path = "shell/language.rs"]
mod language;
#[path = "shell/native.rs"]
mod native;
#[path = "shell/sinks.rs"]
mod sinks;
#[path = "shell/tool.rs"]
mod tool;
#[path = "shell/userland.rs"]
mod userland;
#[path = "shell/world.rs"]
mod world;
