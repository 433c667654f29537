//! Starts whatever native program its input says: one way to treat a started program for each tool.

use std::time::Duration;

use claudetools_kit::process::{Child, Command, Event};
use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output, progress};

#[derive(serde::Deserialize)]
struct Input {
    program: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default = "repo")]
    directory: String,
    #[serde(default)]
    input: String,
    #[serde(default)]
    count: usize,
}

fn repo() -> String {
    "/repo".into()
}

struct Evil;

impl Guest for Evil {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        let input: Input = kit::input(&invocation)?;
        match invocation.tool.trim_start_matches("exec-") {
            "run" => run(&input),
            "count" => count(&input),
            "drop" => drop_early(&input),
            "leave" => leave(&input),
            "many" => many(&input),
            _ => twice(&input),
        }
    }
}

fn start(input: &Input) -> Result<Child, Failure> {
    let Input { program, args, directory, input, .. } = input;
    let (program, args, directory) = (program.clone(), args.clone(), directory.clone());
    Ok(Child::start(&Command { program, args, directory, input: input.clone().into_bytes() })?)
}

/// Follows it to its end, shows what comes as it comes, and gives back both streams and the exit code.
fn run(input: &Input) -> Result<Output, Failure> {
    let child = start(input)?;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    loop {
        match child.next() {
            Event::Stdout(bytes) => {
                progress::append(&String::from_utf8_lossy(&bytes));
                out.extend(bytes);
            }
            Event::Stderr(bytes) => err.extend(bytes),
            Event::Exited(status) => {
                let (out, err) = (String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
                return Ok(Output::text(format!("{out}{err}exit {status}")));
            }
            Event::Stopped(refusal) => return Err(refusal.into()),
        }
    }
}

/// Counts what comes and keeps none of it.
fn count(input: &Input) -> Result<Output, Failure> {
    let child = start(input)?;
    let (mut bytes, mut lines) = (0, 0);
    loop {
        match child.next() {
            Event::Stdout(chunk) => {
                bytes += chunk.len();
                lines += chunk.iter().filter(|byte| **byte == b'\n').count();
            }
            Event::Stderr(_) => {}
            Event::Exited(status) => return Ok(Output::text(format!("{bytes} bytes, {lines} lines, exit {status}"))),
            Event::Stopped(refusal) => return Err(refusal.into()),
        }
    }
}

/// Drops it once it said something, and answers afterwards.
fn drop_early(input: &Input) -> Result<Output, Failure> {
    let child = start(input)?;
    let said = child.next();
    drop(child);
    match said {
        Event::Stdout(bytes) => Ok(Output::text(format!("dropped after {}", String::from_utf8_lossy(&bytes)))),
        other => Err(Failure::Internal(format!("{other:?}"))),
    }
}

/// Answers while it runs, and never drops it. One that writes waits by then for somebody to read.
fn leave(input: &Input) -> Result<Output, Failure> {
    let child = start(input)?;
    child.next();
    std::thread::sleep(Duration::from_millis(300));
    std::mem::forget(child);
    Ok(Output::text("left"))
}

/// Starts it many times at once.
fn many(input: &Input) -> Result<Output, Failure> {
    let children = (0..input.count).map(|_| start(input)).collect::<Result<Vec<_>, _>>()?;
    for child in &children {
        child.next();
    }
    Ok(Output::text(format!("{} run", children.len())))
}

/// Asks for the end again and again.
fn twice(input: &Input) -> Result<Output, Failure> {
    let child = start(input)?;
    let ends: Vec<_> = std::iter::repeat_with(|| child.next())
        .filter_map(|event| match event {
            Event::Exited(status) => Some(format!("exit {status}")),
            Event::Stopped(refusal) => Some(refusal.code),
            Event::Stdout(_) | Event::Stderr(_) => None,
        })
        .take(3)
        .collect();
    Ok(Output::text(ends.join(", ")))
}

kit::manifest!("manifest.toml");
kit::export!(Evil);
