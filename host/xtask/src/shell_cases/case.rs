//! Cases: a script on standard input, files beside it, variables.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_norway::Value;

/// One eligible case.
#[derive(Serialize)]
pub struct Case {
    /// `file: name`; a second case of that name has ` (2)` behind it.
    pub id: String,
    /// The file it is from, below `cases`.
    #[serde(skip)]
    pub file: String,
    /// What the shell reads from standard input.
    pub script: String,
    /// Files in the working directory, by name.
    pub files: Vec<CaseFile>,
    /// Variables beside the few that every case has.
    pub env: BTreeMap<String, String>,
    /// Whether the output is compared.
    #[serde(skip)]
    pub output: Compare,
}

/// A file that a case needs.
#[derive(Clone, Serialize, Deserialize)]
pub struct CaseFile {
    /// Relative to the working directory.
    pub path: String,
    /// Its text.
    #[serde(default)]
    pub contents: String,
    /// Whether it can be run.
    #[serde(default)]
    pub executable: bool,
}

/// How the output is compared; the exit code always is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Byte for byte.
    Exactly,
    /// Without regard to white space.
    Words,
    /// Not at all.
    Never,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    common_test_files: Vec<CaseFile>,
    cases: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    name: String,
    stdin: Option<String>,
    #[serde(default)]
    args: Vec<Value>,
    #[serde(default)]
    additional_test_args: Vec<Value>,
    #[serde(default)]
    pty: bool,
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    ignore_stdout: bool,
    #[serde(default)]
    ignore_whitespace: bool,
    #[serde(default)]
    test_files: Vec<CaseFile>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

/// Every eligible case below a directory: a script on standard input, no terminal, no extra arguments.
pub fn load(dir: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for file in yaml_files(dir)? {
        let text = std::fs::read_to_string(dir.join(&file))?;
        let document: Document =
            serde_norway::from_str(&text).with_context(|| format!("{file} is not a file of cases"))?;
        for written in document.cases {
            cases.extend(eligible(&file, &document.common_test_files, written));
        }
    }
    number_twins(&mut cases);
    Ok(cases)
}

fn eligible(file: &str, common: &[CaseFile], written: Written) -> Option<Case> {
    let plain = written.args.is_empty() && written.additional_test_args.is_empty() && !written.pty && !written.skip;
    let script = written.stdin.filter(|_| plain)?;
    let output = match (written.ignore_stdout, written.ignore_whitespace) {
        (true, _) => Compare::Never,
        (false, true) => Compare::Words,
        (false, false) => Compare::Exactly,
    };
    let files = common.iter().cloned().chain(written.test_files).collect();
    let id = format!("{file}: {}", written.name);
    Some(Case { id, file: file.to_owned(), script, files, env: written.env, output })
}

fn number_twins(cases: &mut [Case]) {
    let mut seen = BTreeMap::<String, u32>::new();
    for case in cases {
        let count = seen.entry(case.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            case.id = format!("{} ({count})", case.id);
        }
    }
}

/// The YAML files below a directory, relative to it and in order.
fn yaml_files(dir: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                files.push(path.strip_prefix(dir)?.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}
