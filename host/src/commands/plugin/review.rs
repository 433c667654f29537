//! `claudetools plugin review`.

use std::path::Path;
use std::process::ExitCode;

use claudetools_review::{Level, Review, Verdict, render, review as reviewed};

use super::out;
use super::shelf::{Lore, Plugin, Shelf};
use crate::cli::{Format, Grade, ReviewArgs};
use crate::config::Config;
use crate::exit::Fatal;

/// Reviews one plugin or all of them. The exit codes are the review's own.
pub async fn review(config: &Config, policy_file: Option<&Path>, args: &ReviewArgs) -> Result<ExitCode, Fatal> {
    let shelf = match Shelf::open(config, policy_file) {
        Ok(shelf) => shelf,
        Err(fatal) => {
            eprintln!("claudetools: {fatal}");
            return Ok(ExitCode::from(Verdict::CannotRead.code()));
        }
    };
    let lore = Lore::read(config, &shelf, args.days).await?;
    let one = args.plugin.as_deref().map(|name| shelf.plugin(name)).transpose()?;
    let plugins: Vec<&Plugin> = one.as_ref().map_or_else(|| shelf.plugins.iter().collect(), |one| vec![one]);
    let reviews: Vec<Review> = plugins.iter().map(|plugin| lore.with(&shelf, plugin, reviewed)).collect();
    print(&reviews, args.format, &shelf)?;
    Ok(ExitCode::from(Verdict::of(&reviews, level(args.fail_on)).code()))
}

fn print(reviews: &[Review], format: Format, shelf: &Shelf) -> Result<(), Fatal> {
    match format {
        Format::Text => out(joined(reviews, render::text)),
        Format::Markdown => out(joined(reviews, render::markdown)),
        Format::Json => out(format_args!("{:#}\n", render::json(reviews))),
        Format::Sarif => {
            let path = shelf.file.path.as_deref().unwrap_or(Path::new("plugins.toml"));
            out(format_args!("{:#}\n", render::sarif(reviews, &path.to_string_lossy())))
        }
    }
}

fn joined(reviews: &[Review], render: fn(&Review) -> String) -> String {
    let texts: Vec<String> = reviews.iter().map(|review| render(review).trim_end().to_owned()).collect();
    texts.join("\n\n") + "\n"
}

fn level(grade: Grade) -> Level {
    match grade {
        Grade::Note => Level::Note,
        Grade::Warning => Level::Warning,
        Grade::Error => Level::Error,
    }
}
