//! `artifact`: files for the people of the thread.

use claudetools_policy::{Code, Refusal};

use crate::bindings::claudetools::plugin::{artifact, types};
use crate::call::Artifact;
use crate::ctx::Ctx;
use crate::effects::Subject;

/// Files of one call: more than a chat shows beside one message.
const MOST: usize = 10;
/// The longest name, in bytes.
const MAX_NAME: usize = 255;

/// The files of one call.
#[derive(Debug, Default)]
pub(crate) struct Artifacts {
    files: Vec<Artifact>,
    bytes: u64,
}

impl Artifacts {
    /// Takes a file, within what the call may give back.
    fn take(&mut self, file: Artifact, most: u64) -> Result<(), Refusal> {
        if file.name.len() > MAX_NAME {
            return Err(Refusal::new(Code::LimitOutput, format!("A file's name has at most {MAX_NAME} bytes.")));
        }
        if self.files.len() >= MOST {
            return Err(Refusal::new(Code::LimitOutput, format!("A call may give {MOST} files.")));
        }
        let bytes = self.bytes.saturating_add(file.data.len() as u64);
        if bytes > most {
            return Err(Refusal::new(
                Code::LimitOutput,
                format!("The files of a call may have {most} bytes together."),
            ));
        }
        self.bytes = bytes;
        self.files.push(file);
        Ok(())
    }

    /// All of them.
    pub(crate) fn into_files(self) -> Vec<Artifact> {
        self.files
    }
}

impl artifact::Host for Ctx {
    fn offer(
        &mut self,
        name: String,
        media_type: String,
        data: Vec<u8>,
    ) -> wasmtime::Result<Result<(), types::Refusal>> {
        let most = self.meter.output();
        let taken = self.artifacts.take(Artifact { name, media_type, data }, most);
        Ok(taken.map_err(|refusal| self.guard.refuse(Subject::Limit, refusal).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: usize) -> Artifact {
        Artifact { name: "a.csv".into(), media_type: "text/csv".into(), data: vec![0; bytes] }
    }

    #[test]
    fn files_count_together_against_the_output() {
        let mut artifacts = Artifacts::default();
        assert!(artifacts.take(file(60), 100).is_ok());
        assert_eq!(artifacts.take(file(41), 100).unwrap_err().code, Code::LimitOutput);
        assert!(artifacts.take(file(40), 100).is_ok());
        assert_eq!(artifacts.into_files().len(), 2);
    }

    #[test]
    fn there_are_not_more_than_a_message_shows_and_no_endless_names() {
        let mut artifacts = Artifacts::default();
        assert!((0..MOST).all(|_| artifacts.take(file(0), 100).is_ok()));
        assert_eq!(artifacts.take(file(0), 100).unwrap_err().code, Code::LimitOutput);
        let long = Artifact { name: "x".repeat(MAX_NAME + 1), ..file(0) };
        assert_eq!(Artifacts::default().take(long, 100).unwrap_err().code, Code::LimitOutput);
    }
}
