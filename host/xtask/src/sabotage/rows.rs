//! Where each row of an attack is, and which test makes it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// A test program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program {
    /// The directory of its package, below the checkout.
    pub directory: String,
    /// Its name; that of the library where its tests stand beside the code.
    pub name: String,
}

/// How a row is run, and where it is read that it passed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Run {
    /// It is a test of `attacks`, named by its id.
    Row,
    /// It is this test.
    Test(Program, String),
    /// It is one line of this test's table: when it fails, the test names it.
    Line(Program, String),
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct Elsewhere {
    id: String,
    file: String,
    test: String,
}

/// The test of the rows in `discord/attacks.toml`, and that of the rows in `discord/events.toml`.
const OF_TABLES: [(&str, &str, &str); 2] = [
    ("attacks", "attack", "no_text_of_a_model_can_do_harm_in_a_chat"),
    ("events", "event", "only_what_a_member_says_to_the_bot_begins_a_turn_and_only_one"),
];

/// Every row of the checkout, by its id.
pub fn read(checkout: &Path) -> Result<BTreeMap<String, Run>> {
    let mut all = BTreeMap::new();
    for (kind, rows) in table(&checkout.join("tests/attacks.toml"))? {
        for row in rows {
            let (id, run) = match kind.as_str() {
                "elsewhere" => elsewhere(row.try_into()?)?,
                _ => (row.try_into::<Id>()?.id, Run::Row),
            };
            all.insert(id, run);
        }
    }
    for (name, kind, test) in OF_TABLES {
        let mut rows = table(&checkout.join(format!("tests/discord/{name}.toml")))?;
        for row in rows.remove(kind).unwrap_or_default() {
            let run = Run::Line(Program::of_tests("discord"), test.to_owned());
            all.insert(row.try_into::<Id>()?.id, run);
        }
    }
    Ok(all)
}

fn table(file: &Path) -> Result<BTreeMap<String, Vec<toml::Value>>> {
    let shown = || file.display().to_string();
    toml::from_str(&std::fs::read_to_string(file).with_context(shown)?).with_context(shown)
}

fn elsewhere(row: Elsewhere) -> Result<(String, Run)> {
    let program = Program::of(&row.file).with_context(|| format!("{}: {} is no file of tests", row.id, row.file))?;
    Ok((row.id, Run::Test(program, row.test)))
}

impl Program {
    /// One of those that try the whole program.
    fn of_tests(name: &str) -> Self {
        Self { directory: "tests".to_owned(), name: name.to_owned() }
    }

    /// The one that a file with tests belongs to.
    fn of(file: &str) -> Option<Self> {
        if let Some((directory, _)) = file.split_once("/src/") {
            let name = directory.replacen("host", "claudetools", 1).replace('/', "_");
            return Some(Self { directory: directory.to_owned(), name });
        }
        let (directory, inside) =
            file.rsplit_once("/tests/").or_else(|| file.strip_prefix("tests/").map(|inside| ("tests", inside)))?;
        let name = inside.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        Some(Self { directory: directory.to_owned(), name: name.to_owned() })
    }

    /// Whether it is made of a library.
    pub fn is_library(&self) -> bool {
        self.name.starts_with("claudetools")
    }
}

impl Run {
    /// The program that makes it.
    pub fn program(&self) -> Program {
        match self {
            Self::Row => Program::of_tests("attacks"),
            Self::Test(program, _) | Self::Line(program, _) => program.clone(),
        }
    }

    /// Whether the row of this id passed in a program that said this.
    pub fn passed(&self, id: &str, said: &str) -> bool {
        let ok = |wanted: &dyn Fn(&str) -> bool| {
            let mut named = said.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix("... ok"));
            named.any(wanted)
        };
        match self {
            Self::Row => ok(&|name| name.split(' ').next() == Some(id)),
            Self::Test(_, test) => ok(&|name| name.trim_end().ends_with(test)),
            Self::Line(_, test) => {
                ok(&|name| name.trim_end().ends_with(test))
                    || said.contains("test result:") && !said.contains(&format!("{id} "))
            }
        }
    }
}
