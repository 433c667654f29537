//! Pages, joined.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::ask::{Ask, Shape};
use crate::{Gap, ids};

/// The most pages of one list: a service that never ends a list is not followed for ever.
const MOST_PAGES: usize = 200;

/// A good answer, whole as far as `truncated` does not say otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The object that was asked for, or the first page as it came, unless only some fields are kept.
    pub body: Value,
    /// The items of a list, each once.
    pub items: Vec<Value>,
    /// More items were there than were read.
    pub truncated: bool,
}

/// The pages of one answer so far.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    reply: Reply,
    ids: BTreeSet<String>,
    links: BTreeSet<String>,
}

/// What an item is known by, so that one that comes on two pages counts once: its id, or all that it says.
fn known_by(item: &Value) -> String {
    item.get("id").and_then(Value::as_str).map_or_else(|| ids::of(&[&item.to_string()]), str::to_owned)
}

/// An item with these fields only; without any named, all of it.
fn kept(item: &Value, fields: &[&str]) -> Value {
    match item.as_object() {
        Some(object) if !fields.is_empty() => {
            let named = fields.iter().filter_map(|name| Some(((*name).to_owned(), object.get(*name)?.clone())));
            Value::Object(named.collect())
        }
        _ => item.clone(),
    }
}

impl Pages {
    /// Takes a page; the link to the next one, where there is one that is wanted.
    pub fn take(&mut self, ask: &Ask, page: Value) -> Result<Option<String>, Gap> {
        if ask.shape == Shape::One {
            self.reply.body = page;
            return Ok(None);
        }
        let Some(items) = page.get("value").and_then(Value::as_array) else {
            return Err(Gap::malformed("there is no list in it"));
        };
        if items.iter().any(|item| !item.is_object()) {
            return Err(Gap::malformed("its list has something else than objects"));
        }
        let link = page.get("@odata.nextLink").and_then(Value::as_str).map(str::to_owned);
        let fresh = items.iter().filter(|item| self.ids.insert(known_by(item)));
        self.reply.items.extend(fresh.map(|item| kept(item, ask.keep)));
        // A first page is not worth its memory where only a part of it is wanted.
        if self.links.is_empty() && ask.keep.is_empty() {
            self.reply.body = page;
        }
        Ok(self.follow(ask.most, link))
    }

    fn follow(&mut self, most: usize, link: Option<String>) -> Option<String> {
        let over = self.reply.items.len() > most;
        self.reply.items.truncate(most);
        let link = match link {
            None => {
                self.reply.truncated |= over;
                return None;
            }
            Some(link) => link,
        };
        if self.reply.items.len() >= most || self.links.len() >= MOST_PAGES || !self.links.insert(link.clone()) {
            self.reply.truncated = true;
            return None;
        }
        Some(link)
    }

    /// Whether some pages are there.
    pub fn has_some(&self) -> bool {
        !self.reply.items.is_empty()
    }

    /// What was read, cut short.
    pub fn cut(mut self) -> Reply {
        self.reply.truncated = true;
        self.reply
    }

    pub fn whole(self) -> Reply {
        self.reply
    }
}
