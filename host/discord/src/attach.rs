//! Files that come with a message.

use claudetools_chat::Attachment;

use crate::hear::Remote;
use crate::rest::Rest;

/// Discord's own limit of a message without boosts; what is larger would fill the model's window anyway.
const MOST_BYTES: usize = 10 * 1024 * 1024;
/// Files of one message: Discord's own limit.
const MOST_FILES: usize = 10;

/// Fetches the files; each comes out as its bytes or as the reason why it was left out.
pub(crate) async fn fetch(rest: &Rest, files: &[Remote]) -> Vec<Attachment> {
    let mut fetched = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let got = if at < MOST_FILES {
            bytes(rest, file).await
        } else {
            Err(format!("a message may bring {MOST_FILES} files"))
        };
        fetched.push(match got {
            Ok(data) => Attachment::File { name: file.name.clone(), media_type: media_type(file), data }.checked(),
            Err(why) => Attachment::Skipped { name: file.name.clone(), size: Some(file.size), why },
        });
    }
    fetched
}

/// What the person is told of files that were left out; none where all were taken.
pub(crate) fn left_out(files: &[Attachment]) -> Option<String> {
    let lines: Vec<String> = files.iter().filter_map(Attachment::left_out).map(|line| format!("- {line}")).collect();
    (!lines.is_empty()).then(|| format!("I could not take in everything that you attached:\n{}", lines.join("\n")))
}

async fn bytes(rest: &Rest, file: &Remote) -> Result<Vec<u8>, String> {
    let too_large = || format!("it is larger than {} MiB", MOST_BYTES / 1024 / 1024);
    if usize::try_from(file.size).map_or(true, |size| size > MOST_BYTES) {
        return Err(too_large());
    }
    if !rest.base().may_fetch(&file.url) {
        return Err("its address is not one of Discord's file servers".to_owned());
    }
    rest.fetch(&file.url, MOST_BYTES).await?.ok_or_else(too_large)
}

/// What Discord says it is, without parameters.
fn media_type(file: &Remote) -> String {
    let said = file.media_type.as_deref().and_then(|said| said.split(';').next()).map(str::trim);
    said.filter(|said| said.contains('/')).unwrap_or("application/octet-stream").to_owned()
}
