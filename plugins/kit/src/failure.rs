//! Failures: why a call gives back nothing, in a sentence that says what to do.

use std::io::{Error, ErrorKind};

use crate::{Failure, Refusal, path};

impl Failure {
    /// What an error of `std::fs` at a guest path means for the caller.
    ///
    /// The host's "no" comes as `PermissionDenied` and becomes [`Failure::Refused`]; the host shows
    /// its own record of it beside this sentence.
    pub fn io(guest_path: &str, error: &Error) -> Self {
        let shown = path::shown(guest_path);
        match error.kind() {
            ErrorKind::PermissionDenied => Self::Refused(format!("access to {shown} was refused")),
            ErrorKind::FileTooLarge => Self::Refused(format!("{shown} is larger than what may be read or written")),
            ErrorKind::NotFound => Self::Invalid(format!("{shown} does not exist. {}", path::ROOTS)),
            ErrorKind::NotADirectory => Self::Invalid(format!("{shown} is not a directory")),
            ErrorKind::IsADirectory => Self::Invalid(format!("{shown} is a directory, not a file")),
            ErrorKind::InvalidFilename | ErrorKind::InvalidInput => {
                Self::Invalid(format!("{shown} cannot be the path of a file"))
            }
            _ => Self::Unavailable(format!("{shown}: {error}")),
        }
    }
}

impl From<Refusal> for Failure {
    /// A refusal of something that the tool cannot do without. `proto.shape` is about the input, so it
    /// is the caller's to mend.
    fn from(refusal: Refusal) -> Self {
        match refusal.code.as_str() {
            "proto.shape" => Self::Invalid(refusal.message),
            _ => Self::Refused(format!("{}: {}", refusal.code, refusal.message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_no_is_a_refusal() {
        let failure = Failure::io("/repo/.git/config", &ErrorKind::PermissionDenied.into());
        insta::assert_snapshot!(format!("{failure:?}"), @r#"Failure::Refused("access to .git/config was refused")"#);
    }

    #[test]
    fn a_file_that_is_not_there_comes_with_where_files_are() {
        let failure = Failure::io("/vault/plan.md", &ErrorKind::NotFound.into());
        insta::assert_snapshot!(format!("{failure:?}"), @r#"Failure::Invalid("/vault/plan.md does not exist. Files are below /repo, where relative paths start, /vault, /thread and /scratch.")"#);
    }

    #[test]
    fn a_refused_pattern_is_the_callers_to_mend() {
        let refusal = Refusal { code: "proto.shape".into(), message: "the glob is not closed".into() };
        insta::assert_snapshot!(format!("{:?}", Failure::from(refusal)), @r#"Failure::Invalid("the glob is not closed")"#);
    }
}
