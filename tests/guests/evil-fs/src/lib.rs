//! Tries to reach files it was not granted: one behaviour of `std::fs` or of the host's interfaces for each tool.

mod race;

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output, replace, tree};

#[derive(serde::Deserialize)]
struct Input {
    #[serde(default)]
    path: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    hex: String,
    #[serde(default)]
    times: u32,
}

struct Evil;

impl Guest for Evil {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        let input: Input = kit::input(&invocation)?;
        let tool = invocation.tool.trim_start_matches("fs-");
        match tool {
            "replace" => return replace(&input),
            "walk" => return walk(&input.path),
            "read-raw" => return read_raw(&input.hex),
            "race-read" => return race::read(&input.path, input.times),
            "race-create" => return race::create(&input.path, &input.text, input.times),
            _ => {}
        }
        attempt(tool, &input).map(Output::text).map_err(|error| Failure::io(&input.path, &error))
    }
}

/// Does it with `std::fs` and says what came of it.
fn attempt(tool: &str, input: &Input) -> std::io::Result<String> {
    let path = &input.path;
    match tool {
        "read" => Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned()),
        "stat" => Ok(format!("{} bytes", fs::metadata(path)?.len())),
        "list" => {
            let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            Ok(names.collect::<std::io::Result<Vec<_>>>()?.join("\n"))
        }
        "create" => fs::write(path, &input.text).map(|()| "written".into()),
        "truncate" => OpenOptions::new().read(true).write(true).truncate(true).open(path).map(|_| "truncated".into()),
        "append" => {
            OpenOptions::new().append(true).open(path)?.write_all(input.text.as_bytes()).map(|()| "appended".into())
        }
        "hardlink" => fs::hard_link(path, &input.to).map(|()| "linked".into()),
        "rename" => fs::rename(path, &input.to).map(|()| "renamed".into()),
        "delete" => fs::remove_file(path).map(|()| "deleted".into()),
        "mkdir" => fs::create_dir(path).map(|()| "made".into()),
        _ => symlink(path, &input.to),
    }
}

/// Stable std has no symlink for WASI, but the C library under it does.
#[cfg(target_os = "wasi")]
fn symlink(target: &str, link: &str) -> std::io::Result<String> {
    use std::ffi::{CString, c_char, c_int};
    unsafe extern "C" {
        fn symlink(target: *const c_char, link: *const c_char) -> c_int;
    }
    let (target, link) = (CString::new(target)?, CString::new(link)?);
    // SAFETY: both are strings that end with NUL and live until the call returns.
    let failed = unsafe { symlink(target.as_ptr(), link.as_ptr()) } != 0;
    if failed { Err(std::io::Error::last_os_error()) } else { Ok("linked".into()) }
}

#[cfg(not(target_os = "wasi"))]
fn symlink(_target: &str, _link: &str) -> std::io::Result<String> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn replace(input: &Input) -> Result<Output, Failure> {
    match replace::file(&input.path, input.text.as_bytes(), None) {
        Ok(()) => Ok(Output::text("replaced")),
        Err(replace::Error::Refused(refusal)) => Err(refusal.into()),
        Err(other) => Err(Failure::Unavailable(format!("{other:?}"))),
    }
}

fn walk(base: &str) -> Result<Output, Failure> {
    let filter = tree::Filter {
        base: base.into(),
        globs: vec![],
        names: vec![],
        ignore_files: false,
        hidden: true,
        max_file_bytes: None,
    };
    let walk = tree::Walk::open(&filter)?;
    let mut text = String::new();
    loop {
        let batch = walk.next_files(1 << 20);
        if batch.files.is_empty() {
            return Ok(Output::text(text));
        }
        for file in &batch.files {
            text.push_str(&file.path);
            text.push('\n');
        }
        text.push_str(&String::from_utf8_lossy(&batch.data));
    }
}

/// Paths that no Rust string could hold can't cross the contract; NUL and over-long ones can.
fn read_raw(hex: &str) -> Result<Output, Failure> {
    let digits: Vec<u8> = hex.bytes().collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or("0"), 16).unwrap_or(0);
    let bytes: Vec<u8> = digits.chunks(2).map(byte).collect();
    let path = format!("/repo/{}", String::from_utf8_lossy(&bytes));
    fs::read(&path).map(|_| Output::text("read")).map_err(|error| Failure::io(&path, &error))
}

kit::manifest!("manifest.toml");
kit::export!(Evil);
