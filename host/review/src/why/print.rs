//! The answer as it is printed.

use std::fmt;

use super::{Answer, Why};
use crate::shown::line;

/// The answer, the deciding line of `plugins.toml`, every condition, and what would allow it.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = match &self.answer {
            Answer::Allowed(grant) => format!("ALLOWED by the grant `{grant}`"),
            Answer::Refused(condition) => format!("REFUSED by {condition}"),
        };
        writeln!(f, "{answer}: {} · {} · {}", line(&self.plugin), line(&self.tool), line(&self.call))?;
        if let Some((number, text)) = self.deciding().and_then(|predicate| predicate.line.as_ref()) {
            writeln!(f, "  plugins.toml:{number}: {}", line(text))?;
        }
        for predicate in &self.predicates {
            let holds = if predicate.holds { "yes" } else { "NO " };
            let place =
                predicate.line.as_ref().map(|(number, _)| format!(" (plugins.toml:{number})")).unwrap_or_default();
            writeln!(f, "  {holds} {:<9} {}{place}", predicate.name, line(&predicate.because))?;
        }
        let hint = self.deciding().and_then(|predicate| predicate.hint.as_ref());
        hint.map_or(Ok(()), |hint| {
            writeln!(f, "  to allow it:")?;
            hint.lines().try_for_each(|part| writeln!(f, "    {}", line(part)))
        })
    }
}
