//! Commands that look at a conversation as a whole, or change it.

use claudetools_agent::ThreadId;

use crate::core::Core;
use crate::reply::{No, Reply};

impl Core {
    /// The transcript as two files.
    pub(crate) async fn export(&self, thread: &ThreadId) -> Result<Reply, No> {
        let export = self.chat.export(thread).await?;
        let file = |ending: &str, text: String| (format!("thread-{}.{ending}", thread.name()), text.into_bytes());
        let files = vec![file("md", export.markdown), file("json", export.json)];
        Ok(Reply { text: "This thread, as it is at the moment:".to_owned(), files, ..Reply::default() })
    }
}
