//! What comes of a yes once its call has run, for the one who said it and nobody else.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// Below the fifteen minutes in which Discord lets a click be answered.
const WITHIN: Duration = Duration::from_secs(12 * 60);

/// A text that is yet to come. Whoever drops it shows it to nobody, and nothing is made for them any more.
#[derive(Debug)]
pub struct Later(oneshot::Receiver<String>);

impl Later {
    /// Waits for what is sent to `text`.
    pub fn new(text: oneshot::Receiver<String>) -> Self {
        Self(text)
    }

    /// The text: Markdown, to be shown once.
    pub async fn text(self) -> String {
        match timeout(WITHIN, self.0).await {
            Ok(Ok(text)) => text,
            _ => "The call ended without a word of what came of it. Look at what it changed before you try again."
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_is_told_in_any_case() {
        let (sender, receiver) = oneshot::channel();
        sender.send("it is `x`".to_owned()).unwrap();
        assert_eq!(Later::new(receiver).text().await, "it is `x`");
        let (sender, receiver) = oneshot::channel::<String>();
        drop(sender);
        assert!(Later::new(receiver).text().await.starts_with("The call ended"));
        let (_sender, receiver) = oneshot::channel();
        assert!(Later::new(receiver).text().await.starts_with("The call ended"));
    }
}
