//! A review for people and machines.
//!
//! Whatever a plugin wrote is made harmless for the place it goes to: no control, no invisible and no reordering
//! characters anywhere, no markup where markup means something.

use crate::Review;

/// A review as plain text: the verdict, the findings by weight, the columns. At most 60 lines.
pub fn text(review: &Review) -> String {
    review.name.clone()
}

/// A review as Markdown: for a pull request's comment, or a file in Discord.
pub fn markdown(review: &Review) -> String {
    review.name.clone()
}

/// Reviews as JSON: `{"schema": 1, "plugins": […]}`.
pub fn json(reviews: &[Review]) -> serde_json::Value {
    serde_json::json!({ "schema": 1, "plugins": reviews.iter().map(|review| &review.name).collect::<Vec<_>>() })
}

/// Reviews as SARIF 2.1.0; every place is a line of the policy file that `uri` names.
pub fn sarif(reviews: &[Review], uri: &str) -> serde_json::Value {
    let _ = (reviews, uri);
    serde_json::json!({ "version": "2.1.0" })
}
