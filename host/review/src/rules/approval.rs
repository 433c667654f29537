//! PLG007 to PLG010 and PLG018: what is there, against what was approved.

use claudetools_policy::{Approval, Code, Digest, Found, PluginPolicy};

use super::Look;
use crate::shown::{list, quoted};
use crate::{Finding, Input, Level, Pair, Rule, words};

pub(super) fn findings(look: &Look<'_, '_>) -> Vec<Finding> {
    let Some(found) = look.input.found().filter(|_| !look.input.built_in) else { return raised(look) };
    let approved = look.input.table().and_then(|table| Some((table, table.approved.as_ref()?)));
    let Some((table, approved)) = approved else { return vec![unapproved(look)] };
    let line = look.places.plugin_key(look.input.name, "approved").unwrap_or(table.line);
    let mut findings: Vec<Finding> = changed(found, table, approved).into_iter().collect();
    findings.extend(strings(look, found, approved));
    findings.extend(imports(look, found, approved));
    findings.extend(raised(look));
    findings.extend(unsigned(look, approved));
    findings.into_iter().map(|finding| if finding.line.is_some() { finding } else { finding.at(line) }).collect()
}

/// What is there and what was approved, for every digest of an approval.
pub(crate) fn digests(input: &Input<'_>) -> Vec<Pair> {
    let Some(found) = input.found() else { return Vec::new() };
    let table = input.table();
    let approved = table.and_then(|table| table.approved.as_ref());
    let pair = |of, found: Digest, approved: Option<Digest>| Pair {
        of,
        found: found.to_string(),
        approved: approved.map(|digest| digest.to_string()),
    };
    let of = |what: fn(&Approval) -> Digest| approved.map(what);
    let mut pairs = vec![
        pair("component", found.component, of(|approved| approved.component)),
        pair("request", found.manifest.digest, of(|approved| approved.request)),
        pair("imports", found.imports_digest(), of(|approved| approved.imports)),
        pair("strings", found.manifest.strings_digest(), of(|approved| approved.strings)),
    ];
    pairs.extend(
        table.map(|table| pair("grants", table.grants_digest(), approved.and_then(|approved| approved.grants))),
    );
    pairs
}

/// PLG007 without any approval.
fn unapproved(look: &Look<'_, '_>) -> Finding {
    let name = look.input.name;
    let finding = Finding::new(Rule::NotApproved, Level::Error, "Nobody has approved it.");
    match look.input.table() {
        Some(table) => finding.at(table.line).fix(format!("claudetools plugin approve {name}")),
        None => finding.fix(format!("write a table `[plugin.{name}]` with its callers and grants, then approve it")),
    }
}

/// PLG007.
fn changed(found: &Found, table: &PluginPolicy, approved: &Approval) -> Option<Finding> {
    let pairs = [
        ("its bytes", found.component != approved.component),
        ("its manifest", found.manifest.digest != approved.request),
        ("its grants", approved.grants.is_some_and(|grants| grants != table.grants_digest())),
    ];
    let changed: Vec<_> = pairs.iter().filter(|(_, differs)| *differs).map(|(what, _)| *what).collect();
    (!changed.is_empty()).then(|| {
        let by = quoted(&approved.by);
        let day = approved.at.split('T').next().unwrap_or_default();
        let message = format!("Changed since {by} approved it on {day}: {}.", changed.join(", "));
        Finding::new(Rule::NotApproved, Level::Error, message).fix("read what changed, then approve it again")
    })
}

/// PLG008.
fn strings(look: &Look<'_, '_>, found: &Found, approved: &Approval) -> Option<Finding> {
    if found.manifest.strings_digest() == approved.strings {
        return None;
    }
    let what: Vec<&str> =
        look.changes.map(|changes| changes.strings.iter().map(|text| text.what.as_str()).collect()).unwrap_or_default();
    let message = match what.is_empty() {
        true => "The words that the model reads changed since the approval; what they were was not kept.".to_owned(),
        false => format!("The words that the model reads changed since the approval: {}.", words::some(&what)),
    };
    Some(Finding::new(Rule::StringsChanged, Level::Error, message).fix("read them as instructions to the model"))
}

/// PLG009.
fn imports(look: &Look<'_, '_>, found: &Found, approved: &Approval) -> Option<Finding> {
    if found.imports_digest() == approved.imports {
        return None;
    }
    let message = match look.input.baseline {
        None => "Its imports changed since the approval; what they were was not kept.".to_owned(),
        Some(baseline) => {
            let new: Vec<_> = found.imports.difference(&baseline.found.imports).collect();
            if new.is_empty() {
                return None;
            }
            format!("It imports more than was approved: {}.", list(new))
        }
    };
    Some(Finding::new(Rule::ImportsGrew, Level::Error, message).fix("find out what the new code is for"))
}

/// PLG010.
fn raised(look: &Look<'_, '_>) -> Vec<Finding> {
    let (name, before) =
        (look.input.name, look.input.baseline.and_then(|baseline| baseline.policy.plugins.get(look.input.name)));
    let (Some(table), Some(before)) = (look.input.table(), before) else { return Vec::new() };
    let pairs = words::limits(&table.limits).into_iter().zip(words::limits(&before.limits));
    let raised: Vec<String> = pairs
        .filter(|(is, was)| is.1 > was.1)
        .map(|((limit, _, is), (_, _, was))| format!("{limit} from {was} to {is}"))
        .collect();
    if raised.is_empty() {
        return Vec::new();
    }
    let message = format!("Limits were raised since the approval: {}.", raised.join(", "));
    let line = look.places.plugin_key(name, "limit").unwrap_or(table.line);
    vec![Finding::new(Rule::LimitsRaised, Level::Warning, message).at(line).fix("lower them, or approve it again")]
}

/// PLG018.
fn unsigned(look: &Look<'_, '_>, approved: &Approval) -> Option<Finding> {
    let refusal = look.input.reasons.iter().find(|reason| reason.code == Code::SupplySignature);
    if let Some(refusal) = refusal {
        let finding = Finding::new(Rule::Unsigned, Level::Error, refusal.message.clone());
        return Some(finding.fix("sign the approval with a key of `[review]`"));
    }
    let Some(signature) = &approved.signature else {
        let finding = Finding::new(Rule::Unsigned, Level::Note, "The approval is not signed.");
        return Some(finding.fix("put minisign keys under `keys` in `[review]`, then approvals need a signature"));
    };
    let before = look.input.baseline?.policy.plugins.get(look.input.name)?.approved.as_ref()?.signature.as_ref()?;
    (signer(before)? != signer(signature)?).then(|| {
        let message = "The approval is signed with another key than the one before.";
        Finding::new(Rule::Unsigned, Level::Warning, message).fix("ask who signed it, and with which key")
    })
}

/// The key that made a minisign signature: the characters of its second line that hold the key's id, which follow
/// those that name the algorithm.
fn signer(signature: &str) -> Option<&str> {
    signature.lines().nth(1)?.get(2..13)
}
