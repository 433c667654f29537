//! PLG013 and PLG021: grants against what is on the disk now.

use std::path::{Path, PathBuf};

use claudetools_policy::{Digest, Grant, GrantKind};

use super::Look;
use crate::shown::quoted;
use crate::{Disk, Finding, Level, Rule};

pub(super) fn findings(look: &Look<'_, '_>) -> Vec<Finding> {
    let (Some(table), Some(disk)) = (look.input.table(), look.input.disk) else { return Vec::new() };
    table.grants.iter().flat_map(|grant| programs(grant, disk).into_iter().chain(barren(look, grant, disk))).collect()
}

/// PLG013, of the program of a grant and of its script.
fn programs(grant: &Grant, disk: &Disk) -> Vec<Finding> {
    let GrantKind::Exec(exec) = &grant.kind else { return Vec::new() };
    let script = exec.script.as_ref().map(|script| (PathBuf::from(script.file.guest_path()), script.file.sha256));
    let pinned = [(exec.program.path.clone(), exec.program.sha256)].into_iter().chain(script);
    pinned.filter_map(|(path, granted)| changed(grant, disk, &path, granted)).collect()
}

/// A program that can't be read is not the one that was granted either.
fn changed(grant: &Grant, disk: &Disk, path: &Path, granted: Digest) -> Option<Finding> {
    let (what, fix) = match disk.programs.get(path) {
        Some(found) if *found == granted => return None,
        Some(found) => (
            "is not the program that was granted",
            format!("find out who changed it; where it was an update: sha256 = \"{found}\", then approve it"),
        ),
        None => ("can't be read", "install it, or remove the grant".to_owned()),
    };
    let message = format!("{} of the grant {} {what}.", quoted(&path.display().to_string()), quoted(&grant.id));
    Some(Finding::new(Rule::ProgramChanged, Level::Error, message).at(grant.line).fix(fix))
}

/// PLG021.
fn barren(look: &Look<'_, '_>, grant: &Grant, disk: &Disk) -> Vec<Finding> {
    let GrantKind::Fs(fs) = &grant.kind else { return Vec::new() };
    let patterns = fs.patterns.iter().enumerate();
    let fits_nothing = |pattern: &str| disk.barren.contains(&(fs.root.clone(), pattern.to_owned()));
    let finding = |(index, pattern): (usize, &String)| {
        let (grant_id, pattern, root) = (quoted(&grant.id), quoted(pattern), quoted(&fs.root));
        let message = format!("{pattern} of the grant {grant_id} fits nothing that is in {root} now.");
        let line = look.places.grant_item(look.input.name, &grant.id, "allow", index).unwrap_or(grant.line);
        Finding::new(Rule::FitsNothing, Level::Note, message).at(line).fix("look for a typing error, or take it out")
    };
    patterns.filter(|(_, pattern)| fits_nothing(pattern)).map(finding).collect()
}
