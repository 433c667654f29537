//! Where turns begin that can be taken back.

use crate::entry::Entry;

/// Where in a journal each turn begins that the model still sees as it was, oldest first: those since the newest
/// compaction that were not taken back.
pub fn marks(entries: &[Entry]) -> Vec<usize> {
    let mut marks = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match entry {
            Entry::Asked { .. } => marks.push(at),
            Entry::Compacted(_) | Entry::Cleared { .. } => marks.clear(),
            Entry::Rewound { turns } => {
                let turns = usize::try_from(*turns).unwrap_or(usize::MAX);
                marks.truncate(marks.len().saturating_sub(turns));
            }
            _ => {}
        }
    }
    marks
}
