//! What a call comes to: the blocks that the model reads, the line that people see, the files that they get.

use claudetools_agent::message::RawBlock;
use claudetools_agent::tools::{ToolCall, ToolEvent, ToolResult};
use claudetools_chat::render::safe_name;
use claudetools_ledger::{Given, Kind};
use claudetools_policy::{Code, Refusal};
use claudetools_sandbox::{Artifact, Effects, Failure, Outcome, Output, Part, Replaced};
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;

use super::Toolbox;
use crate::confirmations::{unified, visible};
use crate::effects;
use crate::unwritable::unwritable;

/// The most text that one result puts into the model's window, in bytes: about 60,000 tokens. Plugins
/// cut earlier and say how to get the rest; this holds for those that don't.
const MAX_TEXT: usize = 240 << 10;

impl Toolbox {
    /// A refusal before anything ran: one audit row, and the sentence for the model.
    pub(super) async fn refused(&self, call: &ToolCall, refusal: Refusal) -> ToolResult {
        let detail =
            json!({ "call": call.id, "tool": call.name, "code": refusal.code.as_str(), "message": refusal.message });
        if let Err(error) = self.audit(Kind::Refusal, call, detail).await {
            tracing::error!(%error, "a refusal could not be audited");
        }
        self.failed(&refusal.to_string(), Some(refusal.code))
    }

    /// What the model and the person are told of a call that ended; its files go out first.
    pub(super) async fn close(
        &self,
        call: &ToolCall,
        mut outcome: Outcome,
        events: &UnboundedSender<ToolEvent>,
    ) -> ToolResult {
        for diff in changes(&outcome) {
            // Nobody may be watching any more.
            let _ = events.send(ToolEvent::Changed(self.scrub.text(&diff)));
        }
        match self.give(call, &mut outcome, events).await {
            Ok(given) => self.finished(outcome, &given),
            Err(refusal) => self.refused(call, refusal).await,
        }
    }

    pub(super) fn failed(&self, text: &str, code: Option<Code>) -> ToolResult {
        let text = self.scrub.text(text);
        let summary = one_line(&text);
        ToolResult { content: vec![RawBlock::text(&text)], is_error: true, summary, code }
    }

    /// Keeps the files of a call and has them brought to the people; the answer is what the model is told of each.
    async fn give(
        &self,
        call: &ToolCall,
        outcome: &mut Outcome,
        events: &UnboundedSender<ToolEvent>,
    ) -> Result<Vec<String>, Refusal> {
        let mut told = Vec::new();
        for Artifact { name, media_type, data } in std::mem::take(&mut outcome.artifacts) {
            let name = safe_name(&name);
            if self.scrub.finds(&data) {
                told.push(format!("[the file {name} has a secret in it and was not given to anybody]"));
                continue;
            }
            let (thread, turn) = (&call.thread, &call.turn);
            let given = Given { thread, turn, call: &call.id, name: &name, media_type: &media_type, data: &data };
            let artifact = self.ledger.keep_artifact(&given).await.map_err(unwritable)?;
            let detail = json!({
                "call": call.id, "artifact": artifact, "name": name, "bytes": data.len(), "sha256": digest_of(&data),
            });
            self.audit(Kind::Artifact, call, detail).await?;
            told.push(format!("[the file {name}, {} bytes, was given to the person]", data.len()));
            // Nobody may be watching any more; the ledger has it all the same.
            let _ = events.send(ToolEvent::File { artifact, name });
        }
        Ok(told)
    }

    fn finished(&self, outcome: Outcome, given: &[String]) -> ToolResult {
        match outcome.result {
            Ok(output) => self.answered(output, given),
            Err(Failure::Refused(refusal)) if refusal.code == Code::CallCancelled => self.cut_off(&outcome.effects),
            Err(Failure::Refused(refusal)) => self.failed(&refusal.to_string(), Some(refusal.code)),
            Err(Failure::Internal(error)) => {
                tracing::error!(error, "a plugin failed");
                self.failed(&format!("the plugin failed: {error}"), None)
            }
            Err(Failure::Invalid(message) | Failure::Unavailable(message)) => self.failed(&message, None),
        }
    }

    /// The model reads the code, too; the person what became of the call.
    fn cut_off(&self, effects: &Effects) -> ToolResult {
        let what = effects::cut_off(effects);
        let told = self.failed(&Refusal::new(Code::CallCancelled, &what).to_string(), Some(Code::CallCancelled));
        ToolResult { summary: one_line(&self.scrub.text(&what)), ..told }
    }

    fn answered(&self, output: Output, given: &[String]) -> ToolResult {
        let summary = one_line(&self.scrub.text(&output.summary));
        let mut left = MAX_TEXT;
        let mut content: Vec<RawBlock> = output.parts.into_iter().map(|part| self.block(part, &mut left)).collect();
        content.extend(given.iter().map(|told| RawBlock::text(told)));
        if content.is_empty() {
            content.push(RawBlock::text("(no output)"));
        }
        ToolResult { content, is_error: false, summary, code: None }
    }

    /// One part as a block; `left` is how much text may still go out.
    fn block(&self, part: Part, left: &mut usize) -> RawBlock {
        let text = match part {
            Part::Image { data, .. } | Part::Document { data, .. } if self.scrub.finds(&data) => {
                "[left out: it holds a secret]".to_owned()
            }
            Part::Image { media_type, data } | Part::Document { media_type, data } => match RawBlock::blob(&data) {
                Ok(blob) => return blob,
                Err(why) => format!("[left out: what the tool calls {}: {why}]", one_line(&media_type)),
            },
            Part::Text(text) => text,
            Part::Table(rows) => rows.to_string(),
        };
        let text = cut(self.scrub.text(&text), *left);
        *left = left.saturating_sub(text.len());
        RawBlock::text(if text.is_empty() { "(empty)" } else { &text })
    }
}

/// What a call changed in text files, each as a diff under its path, with everything visible that would not be.
fn changes(outcome: &Outcome) -> Vec<String> {
    let diff = |it: &Replaced| {
        let [before, after] = [&it.before, &it.after].map(|bytes| std::str::from_utf8(bytes).ok());
        Some(format!("/{}/{}\n{}", it.root, it.path, unified(before?, after?)))
    };
    let diffs = outcome.effects.replaced.iter().filter(|it| it.before != it.after).filter_map(diff);
    diffs.map(|diff| visible(&diff)).collect()
}

/// The digest of a file, as the audit has it.
fn digest_of(bytes: &[u8]) -> String {
    claudetools_policy::Digest::of(bytes).to_string()
}

/// The longest summary that a person is shown, in characters: it stands beside the tool's name.
const MAX_SUMMARY: usize = 200;

/// The first line of a text, without control characters: a plugin's words must not steer a terminal or a page.
pub(super) fn one_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(MAX_SUMMARY).collect()
}

/// The text up to `most` bytes, with a line that says what was cut.
fn cut(mut text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let (all, end) = (text.len(), text.floor_char_boundary(most));
    text.truncate(end);
    text.push_str(&format!("\n[cut: {} of {all} bytes are left out]", all - end));
    text
}
