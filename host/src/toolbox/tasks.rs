//! Tasks: calls that go on after they were answered, one thread's apart from another's.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use claudetools_agent::ThreadId;
use claudetools_agent::tools::ToolResult;
use claudetools_policy::{Code, Refusal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Tasks that run at once in one thread: foreground calls of the same plugin must find room beside them.
const MAX_RUNNING: usize = 4;
/// Ended tasks of all threads whose end nobody asked for; older ones are forgotten.
const MAX_ENDED: usize = 64;
/// Bytes of output that wait to be read; of more, the oldest are left out.
const MAX_UNREAD: usize = 256 << 10;
/// How long the end of a task is waited for when it is stopped: a jail kills at once, a guest within a tick.
pub const TO_STOP: Duration = Duration::from_secs(10);

/// Every task of this run of the program. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tasks(Arc<Shared>);

#[derive(Default)]
struct Shared {
    by_thread: Mutex<HashMap<ThreadId, BTreeMap<String, Arc<Task>>>>,
    /// Ends every task.
    shutdown: CancellationToken,
}

/// One call in the background.
pub struct Task {
    /// Its name, in its thread.
    pub id: String,
    /// The tool that was called.
    pub tool: String,
    /// Ends it.
    pub stop: CancellationToken,
    began: Instant,
    said: Mutex<Said>,
    ended: Notify,
}

#[derive(Default)]
struct Said {
    unread: String,
    /// Whether something was read already, or left out.
    partly_told: bool,
    left_out: usize,
    end: Option<ToolResult>,
}

/// What is new of a task.
pub struct News {
    /// How long it has run so far.
    pub ran: Duration,
    /// Output since the last time.
    pub output: String,
    /// Bytes that were left out before it.
    pub left_out: usize,
    /// Its result, once it has ended, and whether the output since its begin was told before or left out.
    pub end: Option<(ToolResult, bool)>,
}

impl Tasks {
    /// A task of its own name in a thread. `limit.concurrent` where too many run there.
    pub fn begin(&self, thread: &ThreadId, tool: &str) -> Result<Arc<Task>, Refusal> {
        let mut by_thread = self.by_thread();
        let tasks = by_thread.entry(thread.clone()).or_default();
        if tasks.values().filter(|task| !task.has_ended()).count() >= MAX_RUNNING {
            let message =
                format!("At most {MAX_RUNNING} tasks run at once in one thread; stop one or wait for its end.");
            return Err(Refusal::new(Code::LimitConcurrent, message));
        }
        // The time and a count within it: names are in the order in which tasks began.
        let id = format!("task_{}", uuid::Uuid::now_v7().simple());
        let task = Arc::new(Task {
            id: id.clone(),
            tool: tool.to_owned(),
            stop: self.0.shutdown.child_token(),
            began: Instant::now(),
            said: Mutex::default(),
            ended: Notify::new(),
        });
        tasks.insert(id, Arc::clone(&task));
        forget_old(&mut by_thread);
        Ok(task)
    }

    /// A task of this thread, and of no other.
    pub fn find(&self, thread: &ThreadId, id: &str) -> Option<Arc<Task>> {
        self.by_thread().get(thread)?.get(id).cloned()
    }

    /// Forgets a task whose end was told.
    pub fn forget(&self, thread: &ThreadId, id: &str) {
        let mut by_thread = self.by_thread();
        if let Some(tasks) = by_thread.get_mut(thread) {
            tasks.remove(id);
        }
        by_thread.retain(|_, tasks| !tasks.is_empty());
    }

    /// Ends all of them, and waits until each has.
    pub async fn stop_all(&self) {
        self.0.shutdown.cancel();
        let tasks: Vec<_> = self.by_thread().values().flat_map(BTreeMap::values).cloned().collect();
        for task in tasks {
            task.wait(TO_STOP).await;
        }
    }

    fn by_thread(&self) -> MutexGuard<'_, HashMap<ThreadId, BTreeMap<String, Arc<Task>>>> {
        self.0.by_thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the oldest of those that have ended where there are too many.
fn forget_old(by_thread: &mut HashMap<ThreadId, BTreeMap<String, Arc<Task>>>) {
    let all = by_thread.values().flat_map(BTreeMap::values);
    let mut ended: Vec<String> = all.filter(|task| task.has_ended()).map(|task| task.id.clone()).collect();
    ended.sort();
    let surplus = ended.len().saturating_sub(MAX_ENDED);
    for id in &ended[..surplus] {
        by_thread.values_mut().for_each(|tasks| drop(tasks.remove(id)));
    }
    by_thread.retain(|_, tasks| !tasks.is_empty());
}

impl Task {
    /// Takes output as it comes.
    pub fn say(&self, text: &str) {
        let mut said = self.said();
        said.unread.push_str(text);
        // Cut seldom: each cut moves what is left.
        if said.unread.len() > 2 * MAX_UNREAD {
            said.cut();
        }
    }

    /// Takes the end.
    pub fn end(&self, result: ToolResult) {
        self.said().end = Some(result);
        self.ended.notify_waiters();
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.said().end.is_some()
    }

    /// Waits for its end, so long.
    pub async fn wait(&self, most: Duration) {
        let ended = self.ended.notified();
        tokio::pin!(ended);
        // Whoever ends between the look and the wait must be heard.
        ended.as_mut().enable();
        if !self.has_ended() {
            let _ = tokio::time::timeout(most, ended).await;
        }
    }

    /// What is new since the last time.
    pub fn news(&self) -> News {
        let mut said = self.said();
        said.cut();
        let (output, left_out) = (std::mem::take(&mut said.unread), std::mem::take(&mut said.left_out));
        let end = said.end.clone().map(|result| (result, said.partly_told));
        said.partly_told |= !output.is_empty();
        News { ran: self.began.elapsed(), output, left_out, end }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    fn cut(&mut self) {
        let surplus = self.unread.len().saturating_sub(MAX_UNREAD);
        if surplus > 0 {
            let at = self.unread.ceil_char_boundary(surplus);
            self.unread.drain(..at);
            self.left_out += at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result() -> ToolResult {
        ToolResult { content: Vec::new(), is_error: false, summary: "done".to_owned(), code: None }
    }

    #[test]
    fn a_thread_runs_so_many_tasks_and_finds_only_its_own() {
        let (tasks, here, there) = (Tasks::default(), ThreadId::new("test", "1"), ThreadId::new("test", "2"));
        let running: Vec<_> = (0..MAX_RUNNING).map(|_| tasks.begin(&here, "Bash").ok().unwrap()).collect();
        let refusal = tasks.begin(&here, "Bash").err().unwrap().to_string();
        insta::assert_snapshot!(refusal, @"limit.concurrent: At most 4 tasks run at once in one thread; stop one or wait for its end.");
        assert!(tasks.begin(&there, "Bash").is_ok());
        assert!(tasks.find(&here, &running[0].id).is_some());
        assert!(tasks.find(&there, &running[0].id).is_none());
        running[0].end(result());
        assert!(tasks.begin(&here, "Bash").is_ok());
    }

    #[test]
    fn output_is_told_once_and_bounded() {
        let task = Tasks::default().begin(&ThreadId::new("test", "1"), "Bash").ok().unwrap();
        task.say("one\n");
        assert_eq!(task.news().output, "one\n");
        (0..100_000).for_each(|_| task.say("ä line of ten\n"));
        let news = task.news();
        assert_eq!(news.output.len() + news.left_out, 100_000 * "ä line of ten\n".len());
        assert!(news.output.len() <= MAX_UNREAD);
        assert!(task.news().output.is_empty());
    }

    #[test]
    fn ends_that_nobody_asks_for_are_forgotten_in_time() {
        let (tasks, thread) = (Tasks::default(), ThreadId::new("test", "1"));
        let ids: Vec<_> = (0..MAX_ENDED + 2)
            .map(|_| {
                let task = tasks.begin(&thread, "Bash").ok().unwrap();
                task.end(result());
                task.id.clone()
            })
            .collect();
        assert!(tasks.find(&thread, &ids[0]).is_none());
        assert!(tasks.find(&thread, &ids[MAX_ENDED]).is_some());
    }

    #[tokio::test]
    async fn a_shutdown_ends_all_of_them() {
        let tasks = Tasks::default();
        let task = tasks.begin(&ThreadId::new("test", "1"), "Bash").ok().unwrap();
        let (follower, stop) = (Arc::clone(&task), task.stop.clone());
        tokio::spawn(async move {
            stop.cancelled().await;
            follower.end(result());
        });
        tasks.stop_all().await;
        assert!(task.has_ended());
    }
}
