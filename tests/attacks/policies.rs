//! Texts of `plugins.toml` that can't be used: at the start, and while everything runs.

use claudetools_policy::Policy;
use claudetools_tests::company::{Company, Places};

use crate::net::Net;
use crate::row::PolicyRow;
use crate::run::{Result, text};
use crate::{edit, setup};

/// How many bytes a text is made longer by: more than anybody writes, and than a parser should be given.
const PAD: usize = 50 << 20;

/// Runs a row. Answers what is said about the text.
pub fn run(row: &PolicyRow) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(text)?.block_on(attack(row))
}

async fn attack(row: &PolicyRow) -> Result<String> {
    let places = Places::new().map_err(text)?;
    let net = Net::listen().await?;
    let works = net.filled(&setup::with_guests(&places, None).map_err(text)?);
    let broken = broken(row, &works)?;
    let Err(error) = Policy::parse(&broken) else { return Err("it was taken".into()) };
    says(row, &error.to_string())?;
    if Company::open(&places, &broken).await.is_ok() {
        return Err("the program started with it".into());
    }
    let company = Company::open(&places, &works).await.map_err(text)?;
    let told = edit::write(&places, &company, &broken).await?.join("\n");
    says(row, &told)?;
    let result = company.call("echo", r#"{"text":"still here"}"#, &["tech"]).await;
    match result.is_error || !told.ends_with("what was in force before stays") {
        true => Err(format!("what was in force before did not stay: {told}")),
        false => Ok("refused".into()),
    }
}

fn broken(row: &PolicyRow, works: &str) -> Result<String> {
    let changed = match &row.replace {
        None => works.to_owned(),
        Some([from, to]) if works.contains(from.as_str()) => works.replacen(from, to, 1),
        Some([from, _]) => return Err(format!("the policy that works has no {from:?}")),
    };
    let after = row.after.replace("{pad}", &"# a very long policy\n".repeat(PAD / 21));
    Ok(format!("{}{changed}{after}", row.before))
}

/// The sentence names the line, what is wrong with it, and nothing of the rest.
fn says(row: &PolicyRow, told: &str) -> Result<()> {
    match row.says.iter().find(|part| !told.contains(part.as_str())) {
        Some(missing) => Err(format!("{missing:?} is not said: {told:.2000}")),
        None if told.len() > 1000 => Err(format!("{} bytes are said: {told:.2000}", told.len())),
        None => Ok(()),
    }
}
