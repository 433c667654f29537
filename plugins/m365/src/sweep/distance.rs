//! How many letters apart two names are.

/// Names that are so close look the same to somebody in a hurry.
pub const CLOSE: usize = 2;
/// Shorter names are close to too many others.
const SHORTEST: usize = 5;

/// Whether one name passes for the other: at most two letters inserted, left out or replaced.
pub fn looks_like(name: &str, model: &str) -> bool {
    model.chars().count() >= SHORTEST && distance(name, model) <= CLOSE
}

/// Levenshtein's distance, by rows. More than [`CLOSE`] letters more or less are not counted out.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if left.len().abs_diff(right.len()) > CLOSE {
        return CLOSE + 1;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.iter().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let mut next = vec![before];
        for (other, above) in right.iter().zip(&row[1..]) {
            before = (diagonal + usize::from(letter != other)).min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_apart_are_counted() {
        assert_eq!(distance("ann", "ann"), 0);
        assert_eq!(distance("ann admin", "anm admin"), 1);
        assert_eq!(distance("kitten", "sitten"), 1);
        assert_eq!(distance("flaw", "lawn"), 2);
        assert_eq!(distance("", "ab"), 2);
    }

    #[test]
    fn two_letters_pass_and_three_do_not() {
        assert!(looks_like("ann administratro", "ann administrator"), "two letters swapped are two replaced");
        assert!(looks_like("annadm1n", "annadmin"));
        assert!(!looks_like("annasmith", "annadmin"));
        assert!(looks_like("anna1", "annas") && !looks_like("anns", "anna"), "short names are all alike");
    }
}
