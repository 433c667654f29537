//! `claudetools plugin why`.

use std::path::Path;
use std::process::ExitCode;

use claudetools_policy::{Caller, MemberId, Origin, Policy};
use claudetools_review::{Answer, Call, why as asked};

use super::out;
use super::shelf::{Lore, Shelf};
use crate::cli::WhyArgs;
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// Says whether a plugin may do one thing. Exit 1 where it may not.
pub async fn why(config: &Config, policy_file: Option<&Path>, args: &WhyArgs) -> Result<ExitCode, Fatal> {
    let call: Call = args.call.parse().map_err(Fatal::of(Exit::Usage))?;
    let shelf = Shelf::open(config, policy_file)?;
    let plugin = shelf.plugin(&args.name)?;
    let caller = args.role.as_deref().map(|role| as_role(&shelf.file.policy, role)).transpose()?;
    let lore = Lore::read(config, &shelf, 0).await?;
    let why = lore.with(&shelf, &plugin, |input| asked(input, args.tool.as_deref(), &call, caller.as_ref()));
    let why = why.ok_or_else(|| match (&plugin.found, &args.tool) {
        (Err(refusal), _) => Fatal::new(Exit::Failed, refusal),
        (Ok(_), tool) => {
            let tool = tool.as_deref().unwrap_or_default().escape_debug();
            Fatal::new(
                Exit::Usage,
                format!("{} has no tool `{tool}`; `claudetools plugin list` names them", plugin.name),
            )
        }
    })?;
    out(format_args!("{}\n", why.to_string().trim_end()))?;
    Ok(match why.answer {
        Answer::Allowed(_) => ExitCode::SUCCESS,
        Answer::Refused(_) => Exit::Failed.into(),
    })
}

/// A person at this machine who has one role, and what it includes, and asks directly.
pub fn as_role(policy: &Policy, role: &str) -> Result<Caller, Fatal> {
    let roles = policy.role(role).ok_or_else(|| {
        let message = format!("there is no role `{}` in plugins.toml; take one of its `[roles]`", role.escape_debug());
        Fatal::new(Exit::Usage, message)
    })?;
    Ok(Caller { member: MemberId("cli:local".into()), roles, origin: Origin::User })
}
