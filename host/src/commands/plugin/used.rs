//! `claudetools plugin used`.

use std::path::Path;

use claudetools_policy::Grant;
use claudetools_review::{Entry, Used, narrower, review};
use serde_json::{Map, Value, json};

use super::out;
use super::shelf::{Lore, Plugin, Shelf};
use crate::cli::{Plain, UsedArgs};
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// Shows what was used of each grant, what was refused, and the narrower grants.
pub async fn used(config: &Config, policy_file: Option<&Path>, args: &UsedArgs) -> Result<(), Fatal> {
    let shelf = Shelf::open(config, policy_file)?;
    let one = args.name.as_deref().map(|name| shelf.plugin(name)).transpose()?;
    let lore = Lore::read(config, &shelf, args.days).await?;
    let Some(all) = &lore.used else {
        let message = format!("there is no audit in {} yet: nothing was used so far", config.data_dir.display());
        return Err(Fatal::new(Exit::Ledger, message));
    };
    let plugins: Vec<&Plugin> = one.as_ref().map_or_else(|| shelf.plugins.iter().collect(), |one| vec![one]);
    let known = plugins.into_iter().filter_map(|plugin| Some((plugin, all.get(&plugin.name)?)));
    let uses: Vec<Use<'_>> = known.map(|(plugin, used)| Use::of(&shelf, &lore, plugin, used)).collect();
    match args.format {
        Plain::Text => out(uses.iter().map(Use::text).collect::<String>()),
        Plain::Json => {
            let plugins: Vec<Value> = uses.iter().map(Use::object).collect();
            out(format_args!("{:#}\n", json!({ "schema": 1, "plugins": plugins })))
        }
    }
}

/// What one plugin did.
struct Use<'a> {
    name: &'a str,
    used: &'a Used,
    entries: Vec<Entry>,
    narrower: Vec<(&'a Grant, String)>,
}

impl<'a> Use<'a> {
    fn of(shelf: &'a Shelf, lore: &Lore, plugin: &'a Plugin, used: &'a Used) -> Self {
        let grants = shelf.file.policy.plugins.get(&plugin.name).into_iter().flat_map(|table| &table.grants);
        let narrow = |grant: &'a Grant| Some((grant, narrower(grant, used.grants.get(&grant.id)?)?));
        let entries = lore.with(shelf, plugin, review).used;
        Self { name: &plugin.name, used, entries, narrower: grants.filter_map(narrow).collect() }
    }

    fn text(&self) -> String {
        let mut text = format!("{} · {} looked at\n", self.name, days(self.used.days));
        if self.entries.is_empty() {
            text.push_str("  nothing was used\n");
        }
        for entry in &self.entries {
            let line = entry.line.map(|line| format!(" (plugins.toml:{line})")).unwrap_or_default();
            text.push_str(&format!("  {}{line}\n", entry.what));
        }
        for (grant, keys) in &self.narrower {
            text.push_str(&format!("  enough would be, in the grant `{}` at plugins.toml:{}:\n", grant.id, grant.line));
            text.extend(keys.lines().map(|line| format!("    {line}\n")));
        }
        text
    }

    fn object(&self) -> Value {
        let narrower: Map<String, Value> =
            self.narrower.iter().map(|(grant, keys)| (grant.id.clone(), json!(keys))).collect();
        let refused: Map<String, Value> =
            self.used.refused.iter().map(|(code, times)| (code.as_str().to_owned(), json!(times))).collect();
        json!({ "name": self.name, "days": self.used.days, "used": self.entries, "refused": refused, "narrower": narrower })
    }
}

fn days(days: u32) -> String {
    match days {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
