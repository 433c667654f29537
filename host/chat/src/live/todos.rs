//! The checklist, as people see it.

use claudetools_agent::tools::{Todo, TodoState};

/// The longest line, in characters: a line of a phone, twice.
const WORDS: usize = 80;

/// A checklist of at most so many lines, in Markdown that is not yet made harmless; the rest is counted. What is done goes
/// first where there is no room.
pub fn checklist(todos: &[Todo], most: usize) -> String {
    let done = todos.iter().take_while(|todo| todo.status == TodoState::Completed).count();
    let from = done.min(todos.len().saturating_sub(most));
    let shown = todos.iter().skip(from).take(most);
    let below = todos.len() - from - shown.len();
    let above = (from > 0).then(|| format!("-# ☑ {from} done"));
    let below = (below > 0).then(|| format!("-# {below} more"));
    above.into_iter().chain(shown.map(line)).chain(below).collect::<Vec<_>>().join("\n")
}

fn line(todo: &Todo) -> String {
    let (sign, text) = match todo.status {
        TodoState::Pending => ("☐", &todo.content),
        TodoState::InProgress => ("▶", &todo.active_form),
        TodoState::Completed => ("☑", &todo.content),
    };
    match text.char_indices().nth(WORDS) {
        None => format!("{sign} {text}"),
        Some((end, _)) => format!("{sign} {}…", text[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn todos(done: usize, open: usize) -> Vec<Todo> {
        let todo = |at: usize| {
            let status = match at.cmp(&done) {
                std::cmp::Ordering::Less => TodoState::Completed,
                std::cmp::Ordering::Equal => TodoState::InProgress,
                std::cmp::Ordering::Greater => TodoState::Pending,
            };
            Todo { content: format!("Step {at}"), status, active_form: format!("Stepping {at}") }
        };
        (0..done + open).map(todo).collect()
    }

    #[test]
    fn a_checklist_shows_what_is_under_way_and_counts_the_rest() {
        insta::assert_snapshot!(checklist(&todos(1, 2), 8), @r"
        ☑ Step 0
        ▶ Stepping 1
        ☐ Step 2
        ");
        insta::assert_snapshot!(checklist(&todos(5, 7), 3), @r"
        -# ☑ 5 done
        ▶ Stepping 5
        ☐ Step 6
        ☐ Step 7
        -# 4 more
        ");
        assert_eq!(checklist(&[], 8), "");
    }
}
