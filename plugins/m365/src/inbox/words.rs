//! Words that rules of attackers look for, and folders in which they hide mail.

use claudetools_graph::text::visible;

/// What an attacker wants to read alone, or not to be read at all.
const BAIT: &[&str] = &[
    "invoice",
    "payment",
    "wire",
    "bank",
    "ach",
    "remittance",
    "statement",
    "payroll",
    "w2",
    "w-2",
    "purchase order",
    "contract",
    "docusign",
    "password",
    "mfa",
    "security",
    "hacked",
    "phish",
    "spam",
    "fraud",
    "scam",
    "suspicious",
    "helpdesk",
    "it support",
    "undeliverable",
    "mailer-daemon",
];

/// Folders that nobody looks into, in the languages that Outlook names them in most often here.
const HIDEOUTS: &[&str] = &[
    "rss feeds",
    "rss subscriptions",
    "rssfeeds",
    "conversation history",
    "conversationhistory",
    "notes",
    "archive",
    "junk email",
    "junk e-mail",
    "junkemail",
    "deleted items",
    "deleteditems",
    "sync issues",
    "syncissues",
    "recoverableitemsdeletions",
    "rss-feeds",
    "rss-abonnements",
    "aufgezeichnete unterhaltungen",
    "notizen",
    "archiv",
    "junk-e-mail",
    "gelöschte elemente",
    "synchronisierungsprobleme",
    "flux rss",
    "historique des conversations",
    "courrier indésirable",
    "éléments supprimés",
    "problèmes de synchronisation",
    "fuentes rss",
    "historial de conversaciones",
    "correo no deseado",
    "elementos eliminados",
    "problemas de sincronización",
];

/// The most visible characters of a name that nobody sees in a list.
pub const STEALTH: usize = 2;

/// The words of bait among the words that a rule looks for.
pub fn bait(words: &[String]) -> Vec<&'static str> {
    let written: Vec<String> = words.iter().map(|word| spaced(word)).collect();
    let has = |bait: &&&str| {
        let one = spaced(bait);
        let several = format!("{}s ", one.trim_end());
        written.iter().any(|word| word.contains(&one) || word.contains(&several))
    };
    BAIT.iter().filter(has).copied().collect()
}

/// Whether mail is not seen in a folder.
pub fn hides(folder: &str) -> bool {
    HIDEOUTS.contains(&folder.to_lowercase().as_str()) || visible(folder) <= STEALTH
}

/// Whether a rule's name is made to be overlooked.
pub fn is_stealthy(name: &str) -> bool {
    visible(name) <= STEALTH || !name.chars().any(char::is_alphanumeric)
}

/// Words apart by single spaces, with one at each end, so that `ach` is not found in `Bach`.
fn spaced(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(word: &str) -> Vec<&'static str> {
        bait(&[word.to_owned()])
    }

    #[test]
    fn every_word_of_bait_is_found_and_parts_of_words_are_not() {
        for word in BAIT {
            assert!(found(&word.to_uppercase()).contains(word), "{word}");
        }
        assert_eq!(found("New invoices: #4711"), ["invoice"]);
        assert_eq!(found("Purchase  Order 5"), ["purchase order"]);
        for harmless in ["Bach", "wireless", "newsletter", "contractor", "embankment", "order"] {
            assert!(found(harmless).is_empty(), "{harmless}");
        }
    }

    #[test]
    fn folders_that_nobody_looks_into_hide() {
        for folder in HIDEOUTS {
            assert!(hides(&folder.to_uppercase()) || hides(folder), "{folder}");
        }
        assert!(hides("..") && hides(" \u{200b}a") && !hides("abc") && !hides("Newsletters"));
    }

    #[test]
    fn a_name_is_stealthy_up_to_two_visible_characters_or_without_any_letter() {
        for name in ["", ".", "..", "ab", "\u{200b}\u{200b}a", ".....", " - "] {
            assert!(is_stealthy(name), "{name:?}");
        }
        assert!(!is_stealthy("abc") && !is_stealthy("Archive newsletters"));
    }
}
