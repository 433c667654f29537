//! What the model's cache sees of a request: enough to say afterwards what had changed.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::client::Request;

/// A request in the order in which a cache reads it, as numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    model: String,
    effort: String,
    tools: u64,
    system: u64,
    /// One for each block of the messages.
    blocks: Vec<u64>,
}

impl Prefix {
    /// What a cache would see.
    pub fn of(request: &Request) -> Self {
        let head = &request.head;
        let messages = request.messages.iter();
        let blocks = messages.flat_map(|message| message.content.iter().map(move |block| (message.role, block)));
        Self {
            model: request.model.clone(),
            effort: request.effort.clone(),
            tools: number(&serde_json::to_string(&head.tools).unwrap_or_default()),
            system: number(&head.system),
            blocks: blocks.map(|(role, block)| number(&(format!("{role:?}"), block.json()))).collect(),
        }
    }

    /// What a later request of the same thread changed of this one, where that loses the cache: the first part that
    /// differs. `None` where its messages were shortened, which loses it on purpose.
    pub fn changed_by(&self, later: &Self) -> Option<&'static str> {
        if later.blocks.len() < self.blocks.len() {
            return None;
        }
        Some(match self {
            _ if self.model != later.model => "the model",
            _ if self.tools != later.tools => "the tools",
            _ if self.system != later.system => "the system text",
            _ if self.effort != later.effort => "the effort",
            _ if !later.blocks.starts_with(&self.blocks) => "earlier messages",
            _ => "nothing that was sent",
        })
    }
}

fn number(part: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Message, RawBlock, Role};
    use crate::prompt::{Head, Instructions};
    use crate::tools::ToolDef;

    fn request(words: &[&str]) -> Request {
        let content = words.iter().map(|word| RawBlock::text(word)).collect();
        Request {
            model: "haiku".to_owned(),
            effort: "low".to_owned(),
            head: Head::new(Vec::new(), &Instructions::default()),
            messages: vec![Message { role: Role::User, content }],
            longest_reply: None,
            budget: 0,
            summary: None,
        }
    }

    fn changed(change: impl Fn(&mut Request)) -> Option<&'static str> {
        let mut later = request(&["one", "two", "three"]);
        change(&mut later);
        Prefix::of(&request(&["one", "two"])).changed_by(&Prefix::of(&later))
    }

    #[test]
    fn the_first_part_that_differs_is_named() {
        assert_eq!(changed(|_| {}), Some("nothing that was sent"));
        assert_eq!(changed(|request| request.longest_reply = Some(1)), Some("nothing that was sent"));
        assert_eq!(changed(|request| request.model = "opus".to_owned()), Some("the model"));
        assert_eq!(changed(|request| request.effort = "high".to_owned()), Some("the effort"));
        assert_eq!(changed(|request| request.head.system.push_str(" It is 12:03.")), Some("the system text"));
        let tool = ToolDef { name: "Read".to_owned(), description: String::new(), input_schema: true.into() };
        assert_eq!(changed(|request| request.head.tools.push(tool.clone())), Some("the tools"));
        assert_eq!(changed(|request| request.messages[0].content[1] = RawBlock::text("2")), Some("earlier messages"));
        assert_eq!(changed(|request| request.messages[0].content.truncate(1)), None);
    }
}
