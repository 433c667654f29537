//! Reads dotenv and INI files, in their order.

use super::error::Malformed;
use super::node::Node;

/// What SOPS's own entries of a dotenv file begin with.
const OWN: &str = "sops_";

/// `NAME=value` lines; `\n` in a value is a line feed. SOPS's own entries come as one map `sops`.
pub(super) fn dotenv(text: &str) -> Result<Node, Malformed> {
    let (mut entries, mut own) = (Vec::new(), Vec::new());
    for (index, line) in text.split('\n').enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.split_once('=').ok_or(Malformed::at(index, "no `=`"))?;
        let (name, into) = match name.strip_prefix(OWN) {
            Some(name) => (name, &mut own),
            None => (name, &mut entries),
        };
        put(into, name, Node::text(value.replace("\\n", "\n")), index)?;
    }
    Ok(with_own(entries, own))
}

/// `[section]` and `name = value` lines, as SOPS writes them. What stands before the first section is in `DEFAULT`.
pub(super) fn ini(text: &str) -> Result<Node, Malformed> {
    let (mut sections, mut own) = (vec![("DEFAULT".to_owned(), Vec::new())], Vec::new());
    for (index, line) in text.lines().enumerate().map(|(index, line)| (index, line.trim())) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']').ok_or(Malformed::at(index, "a section without `]`"))?.trim();
            if sections[1..].iter().any(|(known, _)| known == name) {
                return Err(Malformed::at(index, "a section twice"));
            }
            sections.push((name.to_owned(), Vec::new()));
            continue;
        }
        let (name, value) = line.split_once(['=', ':']).ok_or(Malformed::at(index, "no `=`"))?;
        let value = plain(value.trim()).ok_or(Malformed::at(index, "a value over several lines"))?;
        let Some((section, entries)) = sections.last_mut() else { continue };
        let own_entry = section == "sops";
        let value = if own_entry { value.replace("\\n", "\n") } else { value.to_owned() };
        put(if own_entry { &mut own } else { entries }, name.trim(), Node::text(value), index)?;
    }
    let sections = sections.into_iter().filter(|(name, _)| name != "sops");
    Ok(with_own(sections.map(|(name, entries)| (name, Node::Map(entries))).collect(), own))
}

/// A value without its quotes or the comment behind it; `None` where it goes on in the next line.
fn plain(value: &str) -> Option<&str> {
    for quote in ["\"\"\"", "`", "\"", "'"] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.strip_suffix(quote);
        }
    }
    let end = value.find(['#', ';']).unwrap_or(value.len());
    Some(value[..end].trim_end()).filter(|value| !value.ends_with('\\'))
}

fn put(entries: &mut Vec<(String, Node)>, name: &str, value: Node, index: usize) -> Result<(), Malformed> {
    if entries.iter().any(|(known, _)| known == name) {
        return Err(Malformed::at(index, "a name twice"));
    }
    entries.push((name.to_owned(), value));
    Ok(())
}

fn with_own(mut entries: Vec<(String, Node)>, own: Vec<(String, Node)>) -> Node {
    if !own.is_empty() {
        entries.push(("sops".to_owned(), Node::Map(own)));
    }
    Node::Map(entries)
}
