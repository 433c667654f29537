//! The host's own tools that are for people: questions with answers to choose from, a plan and its approval, a checklist.
//!
//! None of them touches anything but the ledger. Where nobody can be asked (`ask`, `mcp`), the model is told so.

use claudetools_agent::ThreadId;
use claudetools_agent::message::RawBlock;
use claudetools_agent::tools::{Todo, TodoState, ToolCall, ToolDef, ToolEvent, ToolResult};
use claudetools_ledger::Kind;
use claudetools_policy::{Code, Mode, Refusal};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{Toolbox, digest};
use crate::confirmations::{AskedQuestions, Confirmations, Survey};
use crate::unwritable::unwritable;

const ASK: &str = "AskUserQuestion";
const ENTER: &str = "EnterPlanMode";
const EXIT: &str = "ExitPlanMode";
const TODO: &str = "TodoWrite";
/// What the ledger keeps under [`claudetools_chat::Choice::Plan`].
const PLAN: &str = "plan";
/// The most lines of a checklist, and characters of one.
const MOST_TODOS: usize = 50;
const LONGEST_TODO: usize = 200;

/// Whether a tool is one of these.
pub fn is_own(name: &str) -> bool {
    [ASK, ENTER, EXIT, TODO].contains(&name)
}

/// The tools, the same for everybody.
pub fn offered() -> Vec<ToolDef> {
    let tool = |name: &str, description: &str, properties: Value, required: &[&str]| ToolDef {
        name: name.to_owned(),
        description: description.to_owned(),
        input_schema: json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        }),
    };
    vec![
        tool(
            ASK,
            "Asks the person questions with answers to choose from, and waits. Use it where their choice decides what you \
             do next. They can always answer in their own words instead.",
            json!({ "questions": questions() }),
            &["questions"],
        ),
        tool(
            ENTER,
            "Begins to plan: from here on nothing is changed before the person approves your plan. Use it before large \
             or risky changes; look around, then call ExitPlanMode.",
            json!({}),
            &[],
        ),
        tool(
            EXIT,
            "Shows the person your plan and waits until they approve it or say what to change. Only in plan mode.",
            json!({ "plan": { "type": "string", "description": "The plan, in Markdown." } }),
            &["plan"],
        ),
        tool(
            TODO,
            "Replaces the checklist that the person sees. For work of several steps: one item in_progress at a time, and \
             each marked completed as soon as it is.",
            json!({ "todos": todos() }),
            &["todos"],
        ),
    ]
}

fn questions() -> Value {
    let option = json!({
        "type": "object", "required": ["label", "description"], "additionalProperties": false,
        "properties": {
            "label": { "type": "string", "description": "One to five words." },
            "description": { "type": "string", "description": "What choosing it means." },
        },
    });
    json!({
        "type": "array", "minItems": 1, "maxItems": 4,
        "items": {
            "type": "object", "required": ["question", "header", "options", "multiSelect"],
            "additionalProperties": false,
            "properties": {
                "question": { "type": "string" },
                "header": { "type": "string", "description": "At most 12 characters." },
                "options": { "type": "array", "minItems": 2, "maxItems": 4, "items": option },
                "multiSelect": { "type": "boolean", "description": "Whether several may be chosen." },
            },
        },
    })
}

fn todos() -> Value {
    json!({
        "type": "array", "maxItems": MOST_TODOS,
        "items": {
            "type": "object", "required": ["content", "status", "activeForm"], "additionalProperties": false,
            "properties": {
                "content": { "type": "string", "description": "What is to be done." },
                "status": { "type": "string", "enum": ["pending", "in_progress", "completed"] },
                "activeForm": { "type": "string", "description": "The same while it is being done: Running tests." },
            },
        },
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    plan: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Todos {
    todos: Vec<Todo>,
}

impl Toolbox {
    /// A call of one of these tools, with its rows in the audit.
    pub(super) async fn call_for_people(
        &self,
        call: &ToolCall,
        events: &UnboundedSender<ToolEvent>,
        stop: &CancellationToken,
    ) -> Result<ToolResult, Refusal> {
        let row = |detail: Value| json!({ "call": call.id, "tool": call.name, "detail": detail });
        self.audit(Kind::ToolIntent, call, row(json!({ "input": digest(&call.input) }))).await?;
        let text = match call.name.as_str() {
            ASK => self.put_questions(call, events, stop).await?,
            ENTER => self.enter_plan(call).await?,
            EXIT => self.show_plan(call, events, stop).await?,
            _ => self.write_todos(call, events).await?,
        };
        self.audit(Kind::ToolOutcome, call, row(json!({ "end": "answered" }))).await?;
        let summary = text.lines().next().unwrap_or_default().to_owned();
        Ok(ToolResult { content: vec![RawBlock::text(&text)], is_error: false, summary, code: None })
    }

    /// Whether a thread plans.
    pub(super) async fn mode(&self, thread: &ThreadId) -> Result<Mode, Refusal> {
        let plans = self.ledger.choices(thread).await.map_err(unwritable)?.contains_key(PLAN);
        Ok(if plans { Mode::Plan } else { Mode::Work })
    }

    fn people(&self) -> Result<&Confirmations, Refusal> {
        let nobody = || Refusal::new(Code::ConfirmNeeded, "Nobody can be asked here; go on with what you know.");
        self.confirmations.as_ref().ok_or_else(nobody)
    }

    async fn put_questions(
        &self,
        call: &ToolCall,
        events: &UnboundedSender<ToolEvent>,
        stop: &CancellationToken,
    ) -> Result<String, Refusal> {
        let asked: AskedQuestions = input(call)?;
        let survey = Survey::questions(call, asked, &self.scrub)?;
        let survey = self.put(call, survey, events, stop).await?;
        if survey.in_message {
            return Ok("The person answered in a message; it follows.".to_owned());
        }
        let lines = survey.items.iter().map(|item| format!("{} → {}", item.question, item.said().unwrap_or_default()));
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    async fn enter_plan(&self, call: &ToolCall) -> Result<String, Refusal> {
        let Nothing {} = input(call)?;
        self.people()?;
        self.ledger.choose(&call.thread, PLAN, Some("on")).await.map_err(unwritable)?;
        Ok("Planning: nothing is changed before the person approves the plan. Call ExitPlanMode with it.".to_owned())
    }

    /// An approval ends plan mode; a crash in between finds the same approval again.
    async fn show_plan(
        &self,
        call: &ToolCall,
        events: &UnboundedSender<ToolEvent>,
        stop: &CancellationToken,
    ) -> Result<String, Refusal> {
        let Plan { plan } = input(call)?;
        let confirmations = self.people()?;
        if self.mode(&call.thread).await? == Mode::Work && confirmations.about(call).await?.is_none() {
            return Err(Refusal::new(Code::ProtoShape, "This thread does not plan; there is nothing to approve."));
        }
        let survey = self.put(call, Survey::plan(call, &plan, &self.scrub)?, events, stop).await?;
        let answer = survey.items.iter().find_map(|item| item.answer.as_ref());
        match answer {
            Some(answer) if answer.other.is_none() && !survey.in_message => {
                self.ledger.choose(&call.thread, PLAN, None).await.map_err(unwritable)?;
                Ok("The person approved the plan. Carry it out.".to_owned())
            }
            Some(answer) if !survey.in_message => {
                let wanted = answer.other.clone().unwrap_or_default();
                Ok(format!("The person did not approve the plan yet. They want: {wanted}"))
            }
            _ => Ok("The plan is not approved. The person answered in a message; it follows.".to_owned()),
        }
    }

    /// Asks, and waits for the answer; after a restart, for the one to the question that stands.
    async fn put(
        &self,
        call: &ToolCall,
        survey: Survey,
        events: &UnboundedSender<ToolEvent>,
        stop: &CancellationToken,
    ) -> Result<Survey, Refusal> {
        let confirmations = self.people()?;
        let asked = confirmations.put(call, &survey).await?;
        // Nobody may be watching any more; the question stands all the same.
        let _ = events.send(ToolEvent::Waits("waits for an answer".to_owned()));
        let roles_of = |ids: &_| self.in_force.borrow().policy.roles_of(ids);
        confirmations.answer(&asked, &call.thread, &roles_of, stop).await
    }

    async fn write_todos(&self, call: &ToolCall, events: &UnboundedSender<ToolEvent>) -> Result<String, Refusal> {
        let Todos { todos } = input(call)?;
        let sound = |text: &str| (1..=LONGEST_TODO).contains(&text.trim().chars().count());
        if todos.len() > MOST_TODOS || !todos.iter().all(|todo| sound(&todo.content) && sound(&todo.active_form)) {
            let message = format!("At most {MOST_TODOS} items, each of 1 to {LONGEST_TODO} characters.");
            return Err(Refusal::new(Code::ProtoShape, message));
        }
        let clean = |text: &str| self.scrub.text(&text.split_whitespace().collect::<Vec<_>>().join(" "));
        let todos: Vec<Todo> = todos
            .into_iter()
            .map(|todo| Todo { content: clean(&todo.content), active_form: clean(&todo.active_form), ..todo })
            .collect();
        let list = serde_json::to_string(&todos).map_err(unwritable)?;
        self.ledger.set_todos(&call.thread, &list).await.map_err(unwritable)?;
        let done = todos.iter().filter(|todo| todo.status == TodoState::Completed).count();
        let text = format!("{done} of {} done", todos.len());
        // Nobody may be watching any more; the ledger has it all the same.
        let _ = events.send(ToolEvent::Todos(todos));
        Ok(text)
    }
}

fn input<T: DeserializeOwned>(call: &ToolCall) -> Result<T, Refusal> {
    serde_json::from_str(&call.input)
        .map_err(|error| Refusal::new(Code::ProtoShape, format!("The input does not fit `{}`: {error}.", call.name)))
}
