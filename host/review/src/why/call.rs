//! A call as a person writes it.

use std::str::FromStr;

use claudetools_policy::{Access, Body, RootName, Target};

use crate::shown::cut;

/// A call as a person writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `read docs/a.md` or `/repo/docs/a.md`.
    File {
        /// What is done to it; `read` where nothing was said.
        access: Access,
        /// The root, where it was named.
        root: Option<RootName>,
        /// Below the root; empty for the root itself.
        path: String,
    },
    /// `GET https://host/path`, or with its body behind it: `POST https://host/path {"a":1}`.
    Request(Target, Option<Body>),
    /// `exec git log`: a native program, started in the first root of its jail.
    Start {
        /// The name that plugins know it by.
        command: String,
        /// What follows it.
        args: Vec<String>,
    },
}

/// Why a text is not a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a call: {problem}; expected such as `GET https://host/path`, `read docs/a.md`, `/repo/docs/a.md` \
     or `exec git log`"
)]
pub struct CallError {
    /// What was typed, made harmless.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

impl FromStr for Call {
    type Err = CallError;

    fn from_str(text: &str) -> Result<Self, CallError> {
        let text = text.trim();
        let failed =
            |problem: String| CallError { text: cut(text, 160), problem: problem.trim_end_matches('.').to_owned() };
        if text.is_empty() {
            return Err(failed("it is empty".to_owned()));
        }
        let (word, rest) = text.split_once(' ').unwrap_or(("", text));
        if rest.contains("://") {
            let method = if word.is_empty() { "GET" } else { word };
            let (url, body) = rest.trim().split_once(' ').map_or((rest.trim(), None), |(url, body)| (url, Some(body)));
            let target = Target::from_example(method, url).map_err(|refusal| failed(refusal.message))?;
            return Ok(Self::Request(target, body.map(|body| Body::read(body.trim().into()))));
        }
        if word == "exec" {
            let words = shlex::split(rest)
                .and_then(|words| words.split_first().map(|(command, args)| (command.clone(), args.to_vec())));
            let (command, args) =
                words.ok_or_else(|| failed("a program's name is missing, or a quote is open".to_owned()))?;
            return Ok(Self::Start { command, args });
        }
        match Access::ALL.iter().find(|access| access.as_str() == word) {
            Some(access) => Ok(Self::file(*access, rest.trim())),
            None => Ok(Self::file(Access::Read, text)),
        }
    }
}

impl Call {
    /// A path that begins with `/` names its root first, as guests see it; `.` is the root itself.
    fn file(access: Access, text: &str) -> Self {
        let (root, path) = match text.strip_prefix('/') {
            Some(named) => {
                let (root, path) = named.split_once('/').unwrap_or((named, ""));
                (Some(root.to_owned()), path)
            }
            None => (None, text),
        };
        Self::File { access, root, path: if path == "." { String::new() } else { path.to_owned() } }
    }
}
