//! What has to be typed to confirm an effect.

#[cfg(test)]
mod tests;

use crate::path::shown;
use crate::protect::invisible;
use crate::{Code, Confirm, NetEffect, Refusal, Typed};

/// The most characters that anybody types by hand.
const LONGEST: usize = 200;

impl Confirm {
    /// What a person has to type to confirm an effect of a tool; `request` is it, where it is one. `confirm.unshowable` where
    /// the request has nothing there, or what nobody could type.
    pub fn phrase(&self, tool: &str, request: Option<&NetEffect<'_>>) -> Result<Option<String>, Refusal> {
        let found = match &self.typed {
            Typed::Nothing => return Ok(None),
            Typed::Tool => Some(tool.to_owned()),
            Typed::Path(part) => request.and_then(|request| request.target.segments.get(part - 1).cloned()),
            Typed::Body(pointer) => request.and_then(|request| request.body?.text_at(pointer).map(str::to_owned)),
        };
        match found.filter(|text| can_be_typed(text)) {
            Some(text) => Ok(Some(text)),
            None => {
                let place = match &self.typed {
                    Typed::Path(part) => format!("part {part} of the path"),
                    Typed::Body(pointer) => format!("`{}` in the body", shown(pointer)),
                    Typed::Nothing | Typed::Tool => "the tool".to_owned(),
                };
                let message =
                    format!("A person has to type what stands at {place}, and nothing that can be typed is there.");
                Err(Refusal::new(Code::ConfirmUnshowable, message))
            }
        }
    }
}

fn can_be_typed(text: &str) -> bool {
    let is_odd = |c: char| c.is_control() || invisible(c);
    !text.is_empty() && text.trim() == text && text.chars().count() <= LONGEST && !text.chars().any(is_odd)
}
