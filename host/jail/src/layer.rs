//! The parts of a jail, by name.

use std::fmt;

/// One part of a jail. All but [`Layer::Proc`] are promised: without one of them nothing is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// A user namespace: no power of the bot's user, root or not, over anything outside.
    User,
    /// A process namespace: no other process is seen, and none outlives the program.
    Process,
    /// A file system of its own.
    Files,
    /// A network namespace: nothing is reachable that was not put into it.
    Net,
    /// Namespaces for System V objects, message queues and host names.
    Ipc,
    /// No capability, in no set, and none to be had.
    Privileges,
    /// Landlock, at least [its second version](crate::Jail#layers): the granted files once more.
    Landlock,
    /// The list of allowed system calls.
    Calls,
    /// The limits of the operating system.
    Limits,
    /// Counting the jail's processes and memory from outside.
    Watch,
    /// A `/proc` of the jail's own processes. Where the system refuses it, `/proc` is empty.
    Proc,
}

impl Layer {
    /// Every layer, in the order in which they are built.
    pub const ALL: [Self; 11] = [
        Self::User,
        Self::Process,
        Self::Files,
        Self::Net,
        Self::Ipc,
        Self::Privileges,
        Self::Landlock,
        Self::Calls,
        Self::Limits,
        Self::Watch,
        Self::Proc,
    ];

    /// Whether nothing is run without it.
    pub fn is_promised(self) -> bool {
        self != Self::Proc
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user namespace",
            Self::Process => "process namespace",
            Self::Files => "file system",
            Self::Net => "network namespace",
            Self::Ipc => "IPC and host name namespaces",
            Self::Privileges => "dropping of privileges",
            Self::Landlock => "Landlock rule set",
            Self::Calls => "system call filter",
            Self::Limits => "resource limits",
            Self::Watch => "counting of processes",
            Self::Proc => "own /proc",
        })
    }
}

/// Whether this machine has a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerState {
    /// The layer.
    pub layer: Layer,
    /// Why it is missing, in one sentence that says what to do; nothing where it works.
    pub missing: Option<String>,
}

/// Tries every layer, each for itself, by using it in a child that then ends.
pub fn layers() -> Vec<LayerState> {
    Layer::ALL.map(|layer| LayerState { layer, missing: crate::linux::missing(layer) }).to_vec()
}
