//! Where things stand in `plugins.toml`.

#[cfg(test)]
mod tests;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The text of `plugins.toml` with the places of its tables and keys. Text that is not TOML has no places.
#[derive(Debug)]
pub(crate) struct Places<'t> {
    text: &'t str,
    /// The byte at which each line starts.
    starts: Vec<usize>,
    file: Option<Spanned<DeTable<'t>>>,
}

/// How many examples a grant has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Examples {
    pub allow: usize,
    pub refuse: usize,
}

impl<'t> Places<'t> {
    pub fn read(text: &'t str) -> Self {
        let after_feeds = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1);
        Self { text, starts: std::iter::once(0).chain(after_feeds).collect(), file: DeTable::parse(text).ok() }
    }

    /// The text of a line, without the white space around it.
    pub fn text_of(&self, line: usize) -> &'t str {
        line.checked_sub(1).and_then(|index| self.text.lines().nth(index)).unwrap_or_default().trim()
    }

    /// The line of a key of a plugin's table, such as `callers`.
    pub fn plugin_key(&self, plugin: &str, key: &str) -> Option<usize> {
        self.line_of_key(self.plugin(plugin)?, key)
    }

    /// The line of a key of a grant, such as `allow`.
    pub fn grant_key(&self, plugin: &str, id: &str, key: &str) -> Option<usize> {
        self.line_of_key(self.grant(plugin, id)?, key)
    }

    /// The line of one item of a list of a grant.
    pub fn grant_item(&self, plugin: &str, id: &str, key: &str, index: usize) -> Option<usize> {
        let items = get(self.grant(plugin, id)?, key)?.get_ref().as_array()?;
        items.get(index).map(|item| self.line_at(item.span().start))
    }

    /// How many examples a grant has.
    pub fn examples(&self, plugin: &str, id: &str) -> Examples {
        let examples = self.grant(plugin, id).and_then(|grant| get(grant, "examples")?.get_ref().as_table());
        let count = |key| examples.and_then(|table| get(table, key)?.get_ref().as_array()).map_or(0, |list| list.len());
        Examples { allow: count("allow"), refuse: count("refuse") }
    }

    fn plugin(&self, name: &str) -> Option<&DeTable<'t>> {
        get(get(self.file.as_ref()?.get_ref(), "plugin")?.get_ref().as_table()?, name)?.get_ref().as_table()
    }

    fn grant(&self, plugin: &str, id: &str) -> Option<&DeTable<'t>> {
        let mut grants = get(self.plugin(plugin)?, "grant")?.get_ref().as_array()?.iter();
        grants.find_map(|grant| {
            let table = grant.get_ref().as_table()?;
            let is_it = get(table, "id").and_then(|id| id.get_ref().as_str()) == Some(id);
            is_it.then_some(table)
        })
    }

    fn line_of_key(&self, table: &DeTable<'t>, key: &str) -> Option<usize> {
        table.iter().find(|(name, _)| name.get_ref() == key).map(|(name, _)| self.line_at(name.span().start))
    }

    fn line_at(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte)
    }
}

fn get<'a, 't>(table: &'a DeTable<'t>, key: &str) -> Option<&'a Spanned<DeValue<'t>>> {
    table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
}
