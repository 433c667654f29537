//! What a conversation's next request is made of.

use claudetools_agent::ThreadId;
use claudetools_agent::message::{Message, RawBlock, Role, View};
use claudetools_agent::models;
use claudetools_agent::prompt::Head;
use claudetools_agent::window::window;

use crate::chat::{Chat, ChatError};
use crate::compact::{bytes_to_tokens, tokens, tool_bytes};

/// Tokens of a thread's next request, by what they are for. The whole is what the server counts, where it does; the
/// parts are its shares by their length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextUse {
    /// The model.
    pub model: String,
    /// The bot's own rules.
    pub system: u64,
    /// What the tools are.
    pub tools: u64,
    /// The repository's instructions and skills.
    pub instructions: u64,
    /// What people and the model said, with a summary of what was before.
    pub conversation: u64,
    /// What tools gave.
    pub results: u64,
    /// Left before the budget is used up.
    pub free: u64,
    /// The conversation is compacted at three quarters of this.
    pub budget: u64,
    /// What the model can read at most; `None` where nothing is known of the model.
    pub window: Option<u64>,
    /// How often the thread was compacted.
    pub compactions: u64,
    /// Whether the model's server counted; else everything is estimated from the length of the texts.
    pub counted: bool,
}

/// Bytes of the parts.
#[derive(Default)]
struct Shares {
    system: usize,
    tools: usize,
    instructions: usize,
    conversation: usize,
    results: usize,
}

impl Chat {
    /// What the next request of a thread is made of.
    pub async fn context(&self, thread: &ThreadId) -> Result<ContextUse, ChatError> {
        let desk = self.desk();
        let choices = desk.choices(thread).await?;
        let window = window(&desk.settings.ledger.load(thread).await?);
        let head = match window.head {
            Some(head) => head,
            None => desk.new_head(&choices).await,
        };
        let mut messages = window.messages;
        let shares = Shares::of(&head, &messages);
        ask(&mut messages, &head);
        let request = desk.request(&choices, head, messages);
        let counted = desk.settings.client.count(&request).await;
        let whole = counted.unwrap_or_else(|| tokens(&request));
        let compactions = desk.settings.ledger.compactions(thread).await?;
        let budget = request.budget;
        Ok(ContextUse {
            window: models::find(&request.model).map(|model| model.context),
            model: request.model,
            free: budget.saturating_sub(whole),
            budget,
            compactions,
            counted: counted.is_some(),
            ..shares.of_tokens(whole)
        })
    }
}

/// A conversation that ends with a question: the API counts no other. What is added is a word.
fn ask(messages: &mut Vec<Message>, head: &Head) {
    let content = match messages.last() {
        Some(last) if last.role == Role::User => return,
        Some(_) => vec![RawBlock::text("…")],
        None => head.preamble.clone(),
    };
    messages.push(Message { role: Role::User, content });
}

impl Shares {
    fn of(head: &Head, messages: &[Message]) -> Self {
        let mut shares = Self { system: head.system.len(), tools: tool_bytes(head), ..Self::default() };
        for block in messages.iter().flat_map(|message| &message.content) {
            let bytes = block.json().len();
            match block.view() {
                View::ToolResult { .. } => shares.results += bytes,
                _ if head.preamble.contains(block) => shares.instructions += bytes,
                _ => shares.conversation += bytes,
            }
        }
        shares
    }

    /// The parts of this many tokens; everything else is left empty.
    fn of_tokens(&self, whole: u64) -> ContextUse {
        let Self { system, tools, instructions, conversation, results } = *self;
        let all = bytes_to_tokens(system + tools + instructions + conversation + results).max(1);
        let share = |bytes| bytes_to_tokens(bytes).saturating_mul(whole) / all;
        ContextUse {
            model: String::new(),
            system: share(system),
            tools: share(tools),
            instructions: share(instructions),
            conversation: share(conversation),
            results: share(results),
            free: 0,
            budget: 0,
            window: None,
            compactions: 0,
            counted: false,
        }
    }
}
