//! Tools over files that change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use claudetools::in_force::{InForce, Newest};
use claudetools::reload::{Change, PluginChange, Reload, State};
use claudetools::sources::Sources;
use claudetools::toolbox::Toolbox;
use claudetools_agent::tools::{ToolCall, ToolResult, Tools as _};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_chat::render::Scrub;
use claudetools_egress::{Egress, System};
use claudetools_ledger::Ledger;
use claudetools_policy::{Caller, MemberId, Origin};
use claudetools_sandbox::{Compiler, Roots, Sandbox, Settings, inspect};
use claudetools_tests::bot::PATIENCE;
use claudetools_tests::built::{guest, target};
use claudetools_tests::company::Places;
use tokio::sync::broadcast;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What the tests begin with: a role, a place for the plugin, and nobody else.
pub const START: &str = "schema = 1\n[roots.repo]\n[roles]\ntech = { discord = [\"1\"] }\nviewer = { discord = [\"2\"] }\n\
    [plugin.files]\ncallers = { roles = [\"tech\"], origin = [\"model\"] }\n\
    [[plugin.files.grant]]\nid = \"read\"\nwhy = \"a test\"\nkind = \"fs\"\nroot = \"repo\"\naccess = [\"read\", \"list\"]\nallow = [\"**\"]\n";

/// The table of the plugin `echo` without an approval.
pub const ECHO: &str = "[plugin.echo]\ncallers = { roles = [\"tech\"], origin = [\"model\"] }\n";

/// Tools that follow the files of a company.
pub struct House {
    pub places: Places,
    pub toolbox: Arc<Toolbox>,
    pub ledger: Ledger,
    in_force: Newest,
    changes: broadcast::Receiver<Change>,
    _running: DropGuard,
}

impl House {
    /// Starts with this policy and these files below `plugins`.
    pub async fn open(policy: &str, files: &[(&str, &[u8])]) -> Self {
        Self::open_at(Places::new().unwrap(), policy, files).await
    }

    /// The same in places where something was approved before.
    pub async fn open_at(places: Places, policy: &str, files: &[(&str, &[u8])]) -> Self {
        std::fs::write(places.path("base/plugins.toml"), policy).unwrap();
        for (name, bytes) in files {
            std::fs::write(places.path("base/plugins").join(name), bytes).unwrap();
        }
        let file = claudetools::boot::policy(Some(&places.path("base/plugins.toml"))).unwrap();
        let roots = BTreeMap::from([("repo".to_owned(), places.path("repo"))]);
        let roots = Arc::new(Roots::open(&file.policy, roots).unwrap());
        let settings = Settings {
            cache_dir: target().join("guests-compiled"),
            scratch_dir: places.path("data/scratch"),
            compiler: Compiler::InProcess,
        };
        let egress = Arc::new(Egress::new(System, &[], Arc::default()).unwrap());
        let sandbox = Arc::new(Sandbox::new(settings, roots, Arc::clone(&egress)).unwrap());
        let ledger = Ledger::open(&places.path("data")).await.unwrap();
        let sources = Sources {
            base: file.base.clone(),
            vault: None,
            environment: Arc::new(BTreeMap::from([("NOTES_KEY".to_owned(), "value-of-notes".to_owned())])),
            egress,
            scrub: Scrub::new(&[]),
        };
        let scrub = sources.scrub.clone();
        let reload = Reload::start(file, &places.path("data"), Arc::clone(&sandbox), ledger.clone(), sources).await;
        let (in_force, changes) = (reload.newest(), reload.changes().subscribe());
        let toolbox = Arc::new(Toolbox::new(in_force.clone(), sandbox, ledger.clone(), scrub));
        let stop = CancellationToken::new();
        tokio::spawn(reload.run(stop.clone()));
        Self { places, toolbox, ledger, in_force, changes, _running: stop.drop_guard() }
    }

    /// Where a dropped file lies.
    pub fn plugin(&self, name: &str) -> PathBuf {
        self.places.path("base/plugins").join(name)
    }

    /// Puts a file into `plugins`, complete at once.
    pub fn drop_in(&self, name: &str, bytes: &[u8]) {
        self.put(&format!("plugins/{name}"), bytes);
    }

    /// Replaces `plugins.toml`.
    pub fn write_policy(&self, text: &str) {
        self.put("plugins.toml", text.as_bytes());
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let new = self.places.path("base/new");
        std::fs::write(&new, bytes).unwrap();
        std::fs::rename(new, self.places.path("base").join(path)).unwrap();
    }

    /// The next change of a plugin.
    pub async fn plugin_change(&mut self) -> PluginChange {
        loop {
            if let Change::Plugin(change) = self.change().await {
                return *change;
            }
        }
    }

    /// The next change.
    pub async fn change(&mut self) -> Change {
        tokio::time::timeout(PATIENCE, self.changes.recv()).await.unwrap().unwrap()
    }

    /// Waits until a plugin is admitted.
    pub async fn admitted(&mut self, name: &str) {
        let there =
            |now: &Arc<InForce>| now.catalog.loaded.iter().any(|loaded| loaded.admitted.found.manifest.name == name);
        tokio::time::timeout(PATIENCE, self.in_force.wait_for(there)).await.unwrap().unwrap();
    }

    /// Waits until there are this many notices, and answers them.
    pub async fn notices(&mut self, number: usize) -> Vec<String> {
        let waited = self.in_force.wait_for(|now| now.notices.len() == number);
        tokio::time::timeout(PATIENCE, waited).await.unwrap().unwrap().notices.clone()
    }

    /// What is in force now.
    pub fn now(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.borrow())
    }

    /// Calls a tool as the model would for somebody with this role; what it gave back, or the code.
    pub async fn call(&self, role: &str, tool: &str, input: &str) -> String {
        said(
            &self
                .toolbox
                .call(call(role, tool, input), tokio::sync::mpsc::unbounded_channel().0, CancellationToken::new())
                .await,
        )
    }

    /// Starts a call, and gives it to whoever waits for it.
    pub fn start(&self, role: &str, tool: &str, input: &str) -> tokio::task::JoinHandle<String> {
        let (toolbox, call) = (Arc::clone(&self.toolbox), call(role, tool, input));
        tokio::spawn(async move {
            said(&toolbox.call(call, tokio::sync::mpsc::unbounded_channel().0, CancellationToken::new()).await)
        })
    }

    /// Whether the model is shown a tool.
    pub fn offers(&self, tool: &str) -> bool {
        self.toolbox.offered(&claudetools_policy::ChannelPolicy::default()).iter().any(|offered| offered.name == tool)
    }

    /// The kinds and details of the audit, oldest first, without those of tools.
    pub async fn audited(&self) -> Vec<(String, serde_json::Value)> {
        let rows = self.ledger.audit(0, 1000).await.unwrap();
        let rows = rows.into_iter().filter(|row| !row.kind.starts_with("tool.") && row.kind != "refusal");
        rows.map(|row| (row.kind, serde_json::from_str(&row.detail).unwrap())).collect()
    }
}

fn call(role: &str, tool: &str, input: &str) -> ToolCall {
    ToolCall {
        id: format!("toolu_{tool}"),
        name: tool.to_owned(),
        input: input.to_owned(),
        turn: TurnId("turn-1".into()),
        thread: ThreadId::new("test", "1"),
        caller: Caller {
            member: MemberId("test:1".into()),
            roles: BTreeSet::from([role.to_owned()]),
            origin: Origin::Model,
        },
        own: BTreeSet::from([role.to_owned()]),
    }
}

/// The code of a refusal, else the blocks as JSON.
fn said(result: &ToolResult) -> String {
    let blocks = || result.content.iter().map(|block| block.json()).collect();
    result.code.map_or_else(blocks, |code| code.to_string())
}

/// The approval of a component under the table that it has in this policy.
pub fn approval(bytes: &[u8], policy: &str) -> String {
    let found = inspect(bytes).unwrap();
    let name = found.manifest.name.clone();
    let policy = claudetools_policy::Policy::parse(policy).unwrap();
    found.approval("the test", policy.plugins.get(&name)).to_toml(&name)
}

/// [`START`] with `echo`, approved as it is built, and its bytes.
pub fn with_echo() -> (String, Vec<u8>) {
    let bytes = guest("echo");
    let policy = format!("{START}{ECHO}");
    (format!("{policy}{}", approval(&bytes, &policy)), bytes)
}

/// The same component with one byte changed that nothing depends on.
pub fn changed(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_owned();
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}

/// Whether a change put a plugin in quarantine for this code.
pub fn quarantined(change: &PluginChange, code: &str) -> bool {
    matches!(&change.state, State::Quarantined(reasons) if reasons.iter().any(|reason| reason.code.as_str() == code))
}
