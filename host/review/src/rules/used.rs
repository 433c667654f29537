//! PLG005 and PLG006: what was used, and what was tried.

use claudetools_policy::Grant;

use super::Look;
use crate::shown::quoted;
use crate::{Finding, Level, Rule, Used, narrower};

/// A grant that was not used for so many days is not needed.
const DAYS: u32 = 30;

pub(super) fn findings(look: &Look<'_, '_>) -> Vec<Finding> {
    let (Some(table), Some(used)) = (look.input.table(), look.input.used) else { return Vec::new() };
    let grants = table.grants.iter().filter(|_| used.days >= DAYS);
    grants.filter_map(|grant| unused(grant, used)).chain(refused(look, used, table.line)).collect()
}

/// PLG005: a grant that is not needed, or not all of it.
fn unused(grant: &Grant, used: &Used) -> Option<Finding> {
    let id = quoted(&grant.id);
    let Some(seen) = used.grants.get(&grant.id).filter(|seen| seen.count > 0) else {
        let message = format!("The grant {id} was not used in {} days.", used.days);
        let finding = Finding::new(Rule::GrantedNotUsed, Level::Warning, message);
        return Some(finding.at(grant.line).fix("remove the grant"));
    };
    let narrow = narrower(grant, seen)?;
    let message = format!("The grant {id} gives more than was used in {} days.", used.days);
    Some(Finding::new(Rule::GrantedNotUsed, Level::Note, message).at(grant.line).fix(narrow))
}

/// PLG006.
fn refused(look: &Look<'_, '_>, used: &Used, line: usize) -> Option<Finding> {
    let total = used.refused.values().fold(0_u64, |sum, times| sum.saturating_add(*times));
    let codes: Vec<String> =
        used.refused.iter().filter(|(_, times)| **times > 0).map(|(code, times)| format!("{code} {times}×")).collect();
    let name = look.input.name;
    (total > 0).then(|| {
        let message = format!("{total} attempts were refused in {} days: {}.", used.days, codes.join(", "));
        Finding::new(Rule::RefusedAttempts, Level::Warning, message)
            .at(line)
            .fix(format!("look at what it tried: claudetools plugin used {name}"))
    })
}
