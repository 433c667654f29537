//! The text of `plugins.toml` with an approval more or less. Comments, order and spacing stay as they are.

use std::ops::Range;

use claudetools_policy::{Approval, Policy, PolicyError};
use toml_edit::{Decor, Document, DocumentMut, Item, Table, TableLike, TomlError, Value, value};

/// Why `plugins.toml` was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is not TOML.
    #[error("plugins.toml cannot be read: {0}")]
    NotToml(#[from] TomlError),
    /// The plugin has no table.
    #[error(
        "plugins.toml has no table `[plugin.{0}]`; write it first: who may call the plugin, and what it is granted"
    )]
    NoTable(String),
    /// There is nothing to revoke.
    #[error("plugins.toml has no `[plugin.{0}.approved]`: the plugin is not approved, so there is nothing to revoke")]
    NotApproved(String),
    /// What would be written is not a policy.
    #[error("plugins.toml was not changed, because the new text would not be valid: {0}")]
    Invalid(#[from] PolicyError),
    /// What would be written is a policy that says something else.
    #[error(
        "plugins.toml was not changed, because the approval of `{0}` cannot be put into its table; write `[plugin.{0}]` as a table of its own"
    )]
    Misread(String),
}

/// The text with `[plugin.<name>.approved]` as `approval` has it. A table that is there is changed in place, a new one
/// comes after the plugin's grants.
pub fn approve(text: &str, name: &str, approval: &Approval) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    let missing = || EditError::NoTable(name.to_owned());
    let plugin = plugin_mut(&mut document, name).ok_or_else(missing)?;
    let approved = table(name, approval)?;
    match plugin.get_mut("approved").and_then(Item::as_table_like_mut) {
        Some(there) => replace(there, &approved),
        None => drop(plugin.insert("approved", Item::Table(approved))),
    }
    let text = document.to_string();
    let written = Policy::parse(&text)?.plugins.remove(name).and_then(|plugin| plugin.approved);
    if written.as_ref() == Some(approval) { Ok(text) } else { Err(EditError::Misread(name.to_owned())) }
}

/// The text without `[plugin.<name>.approved]`. Comments around the table stay.
pub fn revoke(text: &str, name: &str) -> Result<String, EditError> {
    let missing = || EditError::NotApproved(name.to_owned());
    let parsed = Document::parse(text)?;
    let plugin = parsed.get("plugin").and_then(|plugins| plugins.get(name));
    let approved = plugin.and_then(|plugin| plugin.get("approved")).ok_or_else(missing)?;
    let text = match approved.as_table().and_then(|table| lines(table, text)) {
        Some(lines) => format!("{}{}", &text[..lines.start], &text[lines.end..]),
        None => without_inline(text, name)?,
    };
    Policy::parse(&text)?;
    Ok(text)
}

/// The approval as a table that stands after what is there.
fn table(name: &str, approval: &Approval) -> Result<Table, EditError> {
    let mut document: DocumentMut = approval.to_toml(name).parse()?;
    let approved = plugin_mut(&mut document, name).and_then(|plugin| plugin.remove("approved"));
    let Some(Ok(mut approved)) = approved.map(Item::into_table) else {
        return Err(EditError::Misread(name.to_owned()));
    };
    if let Some(signature) = &approval.signature {
        approved["signature"] = value(signature);
    }
    approved.set_position(None);
    *approved.decor_mut() = Decor::new("\n", "");
    Ok(approved)
}

fn plugin_mut<'d>(document: &'d mut DocumentMut, name: &str) -> Option<&'d mut dyn TableLike> {
    document.get_mut("plugin")?.get_mut(name)?.as_table_like_mut()
}

/// Gives a table these values and no others; keys that stay keep the comments beside them.
fn replace(there: &mut dyn TableLike, wanted: &Table) {
    let stale: Vec<String> =
        there.iter().map(|(key, _)| key.to_owned()).filter(|key| !wanted.contains_key(key)).collect();
    stale.iter().for_each(|key| drop(there.remove(key)));
    for (key, new) in wanted {
        match (there.get_mut(key).and_then(Item::as_value_mut), new.as_value()) {
            (Some(old), Some(new)) => {
                let decor = old.decor().clone();
                *old = new.clone();
                *old.decor_mut() = decor;
            }
            _ => drop(there.insert(key, new.clone())),
        }
    }
}

/// The lines of a table with a header: from the header, and an empty line above it, to its last value.
fn lines(table: &Table, text: &str) -> Option<Range<usize>> {
    let header = table.span().filter(|_| !table.is_dotted())?;
    let ends = table.iter().filter_map(|(_, item)| item.as_value().and_then(Value::span)).map(|span| span.end);
    let last = ends.chain([header.end]).max()?;
    let start = text[..header.start].rfind('\n').map_or(0, |newline| newline + 1);
    let start = if text[..start].ends_with("\n\n") { start - 1 } else { start };
    let end = text[last..].find('\n').map_or(text.len(), |newline| last + newline + 1);
    Some(start..end)
}

/// The text without an approval that is written as a value.
fn without_inline(text: &str, name: &str) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    drop(plugin_mut(&mut document, name).and_then(|plugin| plugin.remove("approved")));
    Ok(document.to_string())
}

#[cfg(test)]
mod tests;
