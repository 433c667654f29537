//! Which cards stand where, remembered across restarts, so that none is posted twice.

use std::collections::BTreeSet;

use super::Card;

/// Most cards that are remembered: far more than anybody scrolls back, few enough for one value of the ledger.
const MOST: usize = 100;

/// Most cards that are posted at once: a directory full of new plugins must not flood a channel.
const AT_ONCE: usize = 5;

/// What stands in a front's channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Board {
    /// Oldest first.
    standing: Vec<Standing>,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Standing {
    /// The front's own name for the message.
    message: String,
    card: Card,
}

/// What makes the channel true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A card to post.
    Post(Card),
    /// A message to change.
    Edit {
        /// The message.
        message: String,
        /// What it is to show.
        card: Card,
    },
}

impl Board {
    /// What there is to do so that the channel shows these cards. What does not fit is left for the next time.
    pub fn steps(&self, cards: &[Card]) -> Vec<Step> {
        let edits = self.standing.iter().filter_map(|standing| {
            let card = wanted(standing, cards)?;
            (!same(&card, &standing.card)).then(|| Step::Edit { message: standing.message.clone(), card })
        });
        let known: BTreeSet<&str> = self.standing.iter().map(|standing| standing.card.key.as_str()).collect();
        let news = cards.iter().filter(|card| card.news && !known.contains(card.key.as_str()));
        edits.chain(news.take(AT_ONCE).cloned().map(Step::Post)).collect()
    }

    /// Notes what a message shows.
    pub fn note(&mut self, message: String, card: Card) {
        match self.standing.iter_mut().find(|standing| standing.message == message) {
            Some(standing) => standing.card = card,
            None => self.standing.push(Standing { message, card }),
        }
        let surplus = self.standing.len().saturating_sub(MOST);
        self.standing.drain(..surplus);
    }
}

/// What a message is to show; `None` where it stays.
fn wanted(standing: &Standing, cards: &[Card]) -> Option<Card> {
    if let Some(card) = cards.iter().find(|card| card.key == standing.card.key) {
        return Some(card.clone());
    }
    let gone = standing.card.gone.clone()?;
    let newer = cards.iter().any(|card| card.about == standing.card.about);
    let state = if newer { "**Out of date**: it was changed since".to_owned() } else { gone };
    Some(Card { state, offers: Vec::new(), menus: Vec::new(), ..standing.card.clone() })
}

/// Whether two cards look the same. A file stands as it was posted.
fn same(one: &Card, other: &Card) -> bool {
    let looks = |card: &Card| {
        (card.title.clone(), card.state.clone(), card.body.clone(), card.offers.clone(), card.menus.clone())
    };
    looks(one) == looks(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::Place;

    fn card(key: &str, about: &str) -> Card {
        Card {
            key: key.into(),
            about: about.into(),
            title: "Asks for little".into(),
            state: "In quarantine".into(),
            body: String::new(),
            gone: Some("Gone".into()),
            file: Some("the whole".into()),
            place: Place::Review,
            ping: None,
            by: None,
            answers: None,
            menus: Vec::new(),
            offers: Vec::new(),
            news: true,
        }
    }

    /// The board after its steps, and what they were in short.
    fn after(board: &mut Board, cards: &[Card]) -> Vec<String> {
        let mut said = Vec::new();
        for step in board.steps(cards) {
            match step {
                Step::Post(card) => {
                    said.push(format!("post {}", card.key));
                    board.note(format!("m-{}", card.key), card);
                }
                Step::Edit { message, card } => {
                    said.push(format!("{message}: {}", card.state));
                    board.note(message, card);
                }
            }
        }
        said
    }

    #[test]
    fn a_card_is_posted_once_even_after_a_restart() {
        let mut board = Board::default();
        assert_eq!(after(&mut board, &[card("a", "notes")]), ["post a"]);
        let kept = serde_json::to_string(&board).unwrap();
        let mut board: Board = serde_json::from_str(&kept).unwrap();
        assert_eq!(after(&mut board, &[card("a", "notes")]), [""; 0]);
    }

    #[test]
    fn a_change_of_state_changes_the_message() {
        let mut board = Board::default();
        after(&mut board, &[card("a", "notes")]);
        let approved = Card { state: "Approved".into(), ..card("a", "notes") };
        assert_eq!(after(&mut board, &[approved]), ["m-a: Approved"]);
        assert_eq!(after(&mut board, &[]), ["m-a: Gone"]);
        assert_eq!(after(&mut board, &[]), [""; 0]);
    }

    #[test]
    fn an_older_card_is_out_of_date_and_true_again_when_its_bytes_are_back() {
        let mut board = Board::default();
        after(&mut board, &[card("a", "notes")]);
        let said = after(&mut board, &[card("b", "notes")]);
        assert_eq!(said, ["m-a: **Out of date**: it was changed since", "post b"]);
        let said = after(&mut board, &[card("a", "notes")]);
        assert_eq!(said, ["m-a: In quarantine", "m-b: **Out of date**: it was changed since"]);
    }

    #[test]
    fn what_was_there_before_anybody_looked_is_no_news() {
        let quiet = Card { news: false, ..card("a", "notes") };
        assert_eq!(after(&mut Board::default(), &[quiet]), [""; 0]);
    }

    #[test]
    fn a_directory_full_of_plugins_does_not_flood() {
        let cards: Vec<Card> = (0..1000).map(|at| card(&format!("k{at}"), &format!("p{at}"))).collect();
        let mut board = Board::default();
        assert_eq!(after(&mut board, &cards).len(), AT_ONCE);
        assert_eq!(after(&mut board, &cards)[0], "post k5");
    }
}
