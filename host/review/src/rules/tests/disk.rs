//! Grants against the disk.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_policy::Digest;
use insta::assert_snapshot;

use super::silent;
use crate::fixture::{Case, JAILS, ask_exec, give_exec, give_fs};
use crate::{Disk, Rule};

fn case(programs: &[(&str, &str)]) -> Case {
    let text = give_exec("history", "[\"log\"]", "offline") + JAILS;
    let programs = programs.iter().map(|(path, bytes)| ((*path).into(), Digest::of(bytes))).collect();
    let disk = Disk { programs, barren: BTreeSet::new() };
    Case { disk: Some(disk), ..Case::new(&ask_exec(r#"["git"]"#), &text) }
}

#[test]
fn plg013_a_program_that_changed_or_is_gone() {
    assert_snapshot!(case(&[("/usr/bin/git", "other")]).hits(Rule::ProgramChanged), @r#"error :16 `/usr/bin/git` of the grant `history` is not the program that was granted. → find out who changed it; where it was an update: sha256 = "sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa", then approve it"#);
    assert_snapshot!(case(&[]).hits(Rule::ProgramChanged), @"error :16 `/usr/bin/git` of the grant `history` can't be read. → install it, or remove the grant");
    silent(&case(&[("/usr/bin/git", "git")]), Rule::ProgramChanged);
    silent(&Case { disk: None, ..case(&[]) }, Rule::ProgramChanged);
}

#[test]
fn plg021_a_pattern_that_fits_nothing() {
    let grant = give_fs("notes", r#"["read"]"#, r#"["docs/**", "runbok/**"]"#);
    let barren = BTreeSet::from([("repo".to_owned(), "runbok/**".to_owned())]);
    let disk = Disk { programs: BTreeMap::new(), barren };
    let case = Case { disk: Some(disk), ..Case::new("", &grant) };
    assert_snapshot!(case.hits(Rule::FitsNothing), @"note :22 `runbok/**` of the grant `notes` fits nothing that is in `repo` now. → look for a typing error, or take it out");
    silent(&Case { disk: None, ..case }, Rule::FitsNothing);
}
