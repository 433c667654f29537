//! Why nothing was run.

use std::io;
use std::path::PathBuf;

use crate::layer::Layer;

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum JailError {
    /// A promised layer could not be built: `exec.jail`.
    #[error("nothing was run: the jail's {layer} could not be built{}: {source}", at(.what))]
    Layer {
        /// The layer.
        layer: Layer,
        /// The path that it failed at, where there is one.
        what: Option<String>,
        /// What the operating system says.
        source: io::Error,
    },
    /// The program is not the one that was approved: `exec.changed`.
    #[error("nothing was run: `{}` {change}", program.display())]
    Changed {
        /// The program.
        program: PathBuf,
        /// What is different.
        change: Change,
    },
    /// The description of the jail can't be built by anybody.
    #[error("nothing was run: {0}")]
    Described(String),
    /// The jail stood, but the program could not be started in it.
    #[error("nothing was run: `{}` could not be started{}: {source}", program.display(), at(.what))]
    Start {
        /// The program.
        program: PathBuf,
        /// The path that it failed at, where there is one.
        what: Option<String>,
        /// What the operating system says.
        source: io::Error,
    },
}

fn at(what: &Option<String>) -> String {
    what.as_ref().map(|what| format!(" at {what}")).unwrap_or_default()
}

/// How a program differs from the one that was approved.
#[derive(Debug, thiserror::Error)]
pub enum Change {
    /// It can't be read.
    #[error("can't be read: {0}")]
    Unreadable(io::Error),
    /// It is a symbolic link; the path of the file itself is expected.
    #[error("is a symbolic link, and the path of a file was expected")]
    Link,
    /// It is a directory, a device, a socket or a pipe.
    #[error("is no regular file")]
    NoFile,
    /// It would run as another user or group.
    #[error("is a set-user-id or set-group-id program")]
    SetId,
    /// It names another program that would be run, or is for no machine at all.
    #[error("is no native program: name the interpreter as the program and the script as its argument")]
    NoProgram,
    /// It was touched between being read and being run.
    #[error("was replaced or written to while it was being started")]
    Swapped,
    /// Its bytes are others.
    #[error("has the digest {found}, and {expected} was approved")]
    Digest {
        /// The digest of the file, in hexadecimal.
        found: String,
        /// The digest that was approved.
        expected: String,
    },
}
