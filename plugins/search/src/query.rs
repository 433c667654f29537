//! A query: what was asked for, as a matcher, a searcher and a filter of files.

use claudetools_kit::tree::Filter;
use claudetools_kit::{Failure, path};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder};
use ignore::types::TypesBuilder;
use serde::Deserialize;

/// A longer pattern is an attack or a mistake.
const MAX_PATTERN: usize = 64 << 10;
/// Bytes of a compiled pattern, and of the tables built while it runs: `\w{500}{500}` must not take all
/// the memory that a call has.
const MAX_REGEX: usize = 10 << 20;
/// Larger files are skipped: a batch crosses into the guest whole, and one call may carry 16 MiB.
pub const MAX_FILE: u64 = 15 << 20;
/// Lines of context beyond this show whole files, which Read does better.
const MAX_CONTEXT: usize = 1_000;

/// Grep's input.
#[derive(Default, Deserialize)]
pub struct Input {
    /// The regular expression.
    pub pattern: String,
    path: Option<String>,
    glob: Option<String>,
    #[serde(rename = "type")]
    file_type: Option<String>,
    /// What is shown of a match.
    #[serde(default)]
    pub output_mode: Mode,
    #[serde(default, rename = "-i")]
    ignore_case: bool,
    #[serde(rename = "-n")]
    numbers: Option<bool>,
    #[serde(rename = "-A")]
    after: Option<usize>,
    #[serde(rename = "-B")]
    before: Option<usize>,
    #[serde(rename = "-C")]
    around: Option<usize>,
    /// At most this many rows; 0 for no limit.
    pub head_limit: Option<usize>,
    /// Rows to pass over.
    #[serde(default)]
    pub offset: usize,
    #[serde(default)]
    multiline: bool,
}

/// What is shown of a match.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Its file.
    #[default]
    FilesWithMatches,
    /// Its line.
    Content,
    /// How many lines of its file match.
    Count,
}

/// The matcher of a pattern, or why it is none.
pub fn matcher(input: &Input) -> Result<RegexMatcher, Failure> {
    if input.pattern.len() > MAX_PATTERN {
        let length = input.pattern.len();
        return Err(Failure::Invalid(format!("the pattern has {length} bytes; {MAX_PATTERN} is the most")));
    }
    let mut builder = RegexMatcherBuilder::new();
    builder.case_insensitive(input.ignore_case).multi_line(true).size_limit(MAX_REGEX).dfa_size_limit(MAX_REGEX);
    if input.multiline {
        builder.dot_matches_new_line(true);
    } else {
        builder.line_terminator(Some(b'\n'));
    }
    builder.build(&input.pattern).map_err(|error| Failure::Invalid(explain(&error.to_string())))
}

fn explain(error: &str) -> String {
    if error.contains("size limit") {
        return format!("the pattern becomes larger than {MAX_REGEX} bytes when compiled; repeat less of it");
    }
    if error.contains("is not allowed in a regex") {
        return "the pattern has a line end in it; set multiline to true to match across lines".into();
    }
    let why = error.rsplit_once("error: ").map_or(error, |(_, why)| why);
    format!("the pattern is not a regular expression: {}", why.trim())
}

/// The searcher of a query. It counts lines and keeps context only where lines are shown.
pub fn searcher(input: &Input) -> Searcher {
    let mut builder = SearcherBuilder::new();
    builder.binary_detection(BinaryDetection::quit(0)).multi_line(input.multiline).line_number(false);
    if input.output_mode == Mode::Content {
        let context = |lines: Option<usize>| lines.or(input.around).unwrap_or(0).min(MAX_CONTEXT);
        builder
            .line_number(input.numbers.unwrap_or(true))
            .before_context(context(input.before))
            .after_context(context(input.after));
    }
    builder.build()
}

/// Which files are searched.
pub fn filter(input: &Input) -> Result<Filter, Failure> {
    Ok(Filter {
        base: path::resolve(input.path.as_deref().unwrap_or_default())?,
        globs: input.glob.iter().filter(|glob| !glob.is_empty()).cloned().collect(),
        names: input.file_type.as_deref().map(names).transpose()?.unwrap_or_default(),
        ignore_files: true,
        hidden: true,
        max_file_bytes: Some(MAX_FILE),
    })
}

/// The file names of a type, from ripgrep's table.
fn names(file_type: &str) -> Result<Vec<String>, Failure> {
    let mut types = TypesBuilder::new();
    types.add_defaults();
    let found = types.definitions().into_iter().find(|definition| definition.name() == file_type);
    found.map(|definition| definition.globs().to_vec()).ok_or_else(|| {
        Failure::Invalid(format!("there is no file type {}; use glob instead, such as *.ext", path::escape(file_type)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Input {
        Input { pattern: text.into(), ..Input::default() }
    }

    fn refused(input: &Input) -> String {
        format!("{:?}", matcher(input).unwrap_err())
    }

    #[test]
    fn patterns_that_are_too_large_are_refused() {
        insta::assert_snapshot!(refused(&pattern(&"a".repeat(1 << 20))), @r#"Failure::Invalid("the pattern has 1048576 bytes; 65536 is the most")"#);
        insta::assert_snapshot!(refused(&pattern(r"\w{500}{500}")), @r#"Failure::Invalid("the pattern becomes larger than 10485760 bytes when compiled; repeat less of it")"#);
    }

    #[test]
    fn a_line_end_asks_for_multiline() {
        insta::assert_snapshot!(refused(&pattern(r"a\nb")), @r#"Failure::Invalid("the pattern has a line end in it; set multiline to true to match across lines")"#);
        assert!(matcher(&Input { multiline: true, ..pattern(r"a\nb") }).is_ok());
    }

    #[test]
    fn what_is_no_regular_expression_is_explained() {
        insta::assert_snapshot!(refused(&pattern("fn (")), @r#"Failure::Invalid("the pattern is not a regular expression: unclosed group")"#);
    }

    #[test]
    fn types_are_those_of_ripgrep() {
        assert_eq!(names("rust").unwrap(), ["*.rs"]);
        insta::assert_snapshot!(format!("{:?}", names("tsx").unwrap_err()), @r#"Failure::Invalid("there is no file type tsx; use glob instead, such as *.ext")"#);
    }

    #[test]
    fn every_field_has_claude_codes_name() {
        let json = r#"{"pattern":"x","path":"/vault","glob":"*.md","type":"md","output_mode":"content","-i":true,
            "-n":false,"-A":1,"-B":2,"-C":3,"head_limit":9,"offset":4,"multiline":true}"#;
        let invocation =
            claudetools_kit::Invocation { id: "1".into(), tool: "Grep".into(), input: json.into(), budget_ms: 1 };
        let input: Input = claudetools_kit::input(&invocation).unwrap();
        let searcher = searcher(&input);
        assert_eq!((searcher.before_context(), searcher.after_context(), searcher.line_number()), (2, 1, false));
        let filter = filter(&input).unwrap();
        assert_eq!((filter.base.as_str(), &filter.globs[..]), ("/vault", &["*.md".to_owned()][..]));
        assert!(filter.names.contains(&"*.markdown".to_owned()) && filter.ignore_files && filter.hidden);
    }
}
