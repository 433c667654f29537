//! `claudetools plugin revoke`.

use std::path::Path;

use super::approve::{changed, rewrite};
use crate::approval::edit;
use crate::boot;
use crate::cli::RevokeArgs;
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// Takes an approval back. Nobody is asked: it only ever makes less possible.
pub async fn revoke(config: &Config, policy_file: Option<&Path>, args: &RevokeArgs) -> Result<(), Fatal> {
    let file = boot::policy(policy_file)?;
    let text = edit::revoke(&file.text, &args.name).map_err(Fatal::of(Exit::Failed))?;
    rewrite(&file, &text)?;
    println!("{} is no longer approved.", args.name);
    changed(config, &text).await
}
