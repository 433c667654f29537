//! Runs one row of calls.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::tools::{ToolEvent, ToolResult, Tools as _};
use claudetools_policy::Refusal;
use claudetools_tests::company::{Company, Places};

use crate::flip::{ENOUGH, Flip};
use crate::left::Held;
use crate::net::Net;
use crate::row::{Legal, Row, json};
use crate::world::World;
use crate::{check, edit, setup, sinks};

pub type Result<T> = std::result::Result<T, String>;

/// How long any call may take before the test counts it as hanging.
const HANGS: Duration = Duration::from_secs(60);

/// Runs a row: the attack, every check, its control. Answers how the attack ended.
pub fn run(row: &Row) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(text)?.block_on(async {
        let mut scene = Scene::set(row).await?;
        let got = scene.attack().await?;
        scene.check().await?;
        let got = row.reason.clone().unwrap_or(got);
        legal(&row.control, &scene.company, &scene.net)
            .await
            .map_err(|error| format!("the control failed: {error}"))?;
        Ok(got)
    })
}

/// An error as text.
pub fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A company in which everything is ready for the attack.
struct Scene<'r> {
    row: &'r Row,
    company: Company,
    net: Net,
    flips: Vec<Flip>,
    world: World,
    held: Held,
    /// Everything that anybody was told so far.
    seen: Vec<String>,
    /// The plugins as they were, in force and in quarantine.
    loaded: Vec<String>,
    places: Places,
}

impl<'r> Scene<'r> {
    async fn set(row: &'r Row) -> Result<Self> {
        let places = if row.vault.is_some() { Places::new() } else { Places::in_memory() }.map_err(text)?;
        let net = Net::listen().await?;
        let flips = setup::repository(&places, row).map_err(text)?;
        let policy = net.filled(&setup::policy(&places, row).map_err(text)?);
        let company = Company::reaching(&places, &policy, net.egress()?).await.map_err(text)?;
        quarantined(row, &company)?;
        for call in &row.first {
            legal(call, &company, &net).await?;
        }
        edit::policy(&places, &company, &policy, row).await?;
        let world = World::before(&places, &row.unchanged, &row.absent);
        let held = settled(&company, &places).await?;
        sinks::logged();
        net.seen.taken();
        let loaded = loaded(&company);
        Ok(Self { row, company, net, flips, world, held, seen: Vec::new(), loaded, places })
    }

    async fn attack(&mut self) -> Result<String> {
        if self.row.audit_full {
            edit::fill_audit(&self.places).await?;
        }
        let got = self.calls().await?;
        if self.row.audit_full {
            edit::empty_audit(&self.places).await?;
        }
        self.flips.clear();
        Ok(got)
    }

    /// What holds after every attack.
    async fn check(&mut self) -> Result<()> {
        self.world.check(&self.places)?;
        self.network()?;
        let loaded = loaded(&self.company);
        if loaded != self.loaded {
            return Err(format!("the plugins were {:?} and are {loaded:?}", self.loaded));
        }
        answers(&self.company).await?;
        if let Err(left) = self.held.check(&self.places).await {
            // What an allocator keeps of one attack is there for the next: what leaks comes on top of it.
            self.held.take_memory_of_now();
            self.calls().await?;
            let again = self.held.check(&self.places).await;
            again.map_err(|again| format!("{left}, and after another attack {again}"))?;
        }
        sinks::check(&self.places, &self.seen, &self.row.logged)?;
        self.sometimes()
    }

    /// Makes every call of the row, as often as it says, or until a name that flips has flipped often enough.
    async fn calls(&mut self) -> Result<String> {
        let mut got = String::new();
        for input in self.row.json_inputs() {
            let outside = self.places.path("outside");
            let input = self.net.filled(&input).replace("{outside}", &outside.to_string_lossy());
            let mut left = self.row.repeat;
            while left > 0 || self.flips.iter().any(|flip| flip.changes() < ENOUGH) {
                left = left.saturating_sub(1);
                got = self.once(&input).await.map_err(|why| format!("{why}\ninput: {input:.200}"))?;
            }
        }
        Ok(got)
    }

    async fn once(&mut self, input: &str) -> Result<String> {
        let (row, company) = (self.row, &self.company);
        let since = check::newest(company).await?;
        let attack = call(company, &row.thread, &row.tool, input, &row.roles);
        let (result, events) = match &row.beside {
            None => attack.await?,
            Some(beside) => beside_it(attack, legal(beside, company, &self.net)).await?,
        };
        self.seen.extend([shown_whole(&result), format!("{events:?}")]);
        check::answer(row, &result)?;
        if !row.audit_full {
            check::audit(company, since, &row.tool, &result, &row.audited).await?;
        }
        Ok(check::outcome(&result))
    }

    /// No name was asked for and nothing arrived that the row does not expect, and nobody knocked anywhere else.
    fn network(&self) -> Result<()> {
        let (asked, mut arrived) = self.net.seen.taken();
        arrived.retain(|request| !self.row.may_arrive.contains(request));
        if asked != self.row.asked || arrived != self.row.arrived {
            return Err(format!("the names {asked:?} were asked for, and {arrived:?} arrived"));
        }
        match self.net.seen.knocks() {
            0 => Ok(()),
            knocks => Err(format!("{knocks} connections or packets came where nothing was to come")),
        }
    }

    /// What only some of the answers hold is there in one.
    fn sometimes(&self) -> Result<()> {
        let in_one = |wanted: &&String| self.seen.iter().any(|seen| seen.contains(wanted.as_str()));
        match self.row.sometimes.iter().find(|wanted| !in_one(wanted)) {
            Some(missing) => Err(format!("no answer ever held {missing:?}")),
            None => Ok(()),
        }
    }
}

fn shown_whole(result: &ToolResult) -> String {
    let blocks: Vec<&str> = result.content.iter().map(|block| block.json()).collect();
    format!("{}\n{}\n{}", check::shown(result), blocks.join("\n"), result.summary)
}

/// A legal call succeeds.
async fn legal(call: &Legal, company: &Company, net: &Net) -> Result<()> {
    let input = net.filled(&json(&call.input));
    let (result, _) = self::call(company, &call.thread, &call.tool, &input, &call.roles).await?;
    let shown = check::shown(&result);
    match result.is_error || !shown.contains(&call.text) {
        true => Err(format!("{} does not give {:?}: {shown:.2000}", call.tool, call.text)),
        false => Ok(()),
    }
}

/// What is held once the ledger's connections and the runtime's threads are there.
async fn settled(company: &Company, places: &Places) -> Result<Held> {
    for _ in 0..2 {
        tokio::try_join!(answers(company), answers(company), answers(company), answers(company))?;
    }
    Ok(Held::now(places))
}

/// Another plugin answers.
async fn answers(company: &Company) -> Result<()> {
    let (result, _) = call(company, "1", "say", r#"{"text":"here"}"#, &["tech".to_owned()]).await?;
    match result.is_error {
        true => Err(format!("another plugin does not answer: {}", check::shown(&result))),
        false => Ok(()),
    }
}

/// Waits for an attack, and before it ends for the legal call that is made meanwhile.
async fn beside_it<T>(attack: impl Future<Output = Result<T>>, legal: impl Future<Output = Result<()>>) -> Result<T> {
    tokio::pin!(attack);
    tokio::select! {
        biased;
        _ = &mut attack => return Err("the attack ended before another call had its answer".into()),
        legal = legal => legal.map_err(|error| format!("the call beside the attack failed: {error}"))?,
    }
    attack.await
}

/// The names of all plugins, in force and in quarantine.
fn loaded(company: &Company) -> Vec<String> {
    let catalog = Arc::clone(&company.in_force.borrow().catalog);
    let loaded = catalog.loaded.iter().map(|loaded| loaded.admitted.found.manifest.name.clone());
    let waiting = catalog.quarantine.iter().map(|waiting| format!("{} in quarantine", waiting.name));
    loaded.chain(waiting).collect()
}

async fn call(
    company: &Company,
    thread: &str,
    tool: &str,
    input: &str,
    roles: &[String],
) -> Result<(ToolResult, Vec<ToolEvent>)> {
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let call = company.call_in(thread, tool, input, &roles);
    tokio::time::timeout(HANGS, call).await.map_err(|_| format!("{tool} hangs"))
}

/// A plugin that the row wants in quarantine is there for this reason, no other is, and nothing of any is offered.
fn quarantined(row: &Row, company: &Company) -> Result<()> {
    let waiting = &company.catalog.quarantine;
    let fits = |reason: &Refusal, code: &str| reason.code.as_str() == code && reason.message.contains(&row.because);
    let for_it = |code: &str| waiting.iter().flat_map(|waiting| &waiting.reasons).any(|reason| fits(reason, code));
    match &row.reason {
        Some(reason) if !for_it(reason) => {
            return Err(format!("nothing is in quarantine for {reason}: {}", list(waiting)));
        }
        None if waiting.iter().any(|waiting| waiting.name != "evil-import") => {
            return Err(format!("in quarantine: {}", list(waiting)));
        }
        _ => {}
    }
    let offered = company.toolbox.offered(&claudetools_policy::ChannelPolicy::default());
    let tools = waiting.iter().filter_map(|waiting| waiting.found.as_ref()).flat_map(|found| &found.manifest.tools);
    let is_offered = |description: &str| offered.iter().any(|tool| tool.description == description);
    match tools.into_iter().find(|tool| is_offered(&tool.description)) {
        Some(tool) => Err(format!("the model is shown `{}` of a plugin in quarantine", tool.name)),
        None => Ok(()),
    }
}

fn list(all: &[impl Debug]) -> String {
    all.iter().map(|one| format!("{one:.300?}\n")).collect()
}
