//! Guests that call the host with whatever numbers they were given.

use std::fmt::Write as _;

/// What surrounds every hand-made guest: memory, `cabi_realloc`, `$answer`.
const PRELUDE: &str = include_str!("../../../guests/evil-abi/prelude.wat");
/// The module that makes up random code has the same imports.
const SHAPE: &str = include_str!("shape.wat");
/// The most calls of a program.
const MOST: usize = 32;

/// A guest that fills its memory with these bytes and then reads them as calls: which function, then two bytes for
/// each parameter. It answers with what two more bytes point to, or as it should.
pub fn module(data: &[u8]) -> Vec<u8> {
    let functions: Vec<(&str, Vec<&str>)> = SHAPE.lines().filter_map(imported).collect();
    let mut bytes = data.iter().copied();
    let mut calls = String::new();
    let harmless = bytes.next().is_none_or(|first| first % 4 != 0);
    for _ in 0..MOST {
        let Some(which) = bytes.next() else { break };
        let (name, params) = &functions[usize::from(which) % functions.len()];
        let args: String = params.iter().map(|ty| argument(ty, &mut bytes)).collect();
        let _ = writeln!(calls, "(call {name} {args})");
    }
    let end = bytes.next().map_or(2000, |byte| u32::from(byte) * 513);
    let answer = if harmless {
        "(call $answer (i32.const 2000) (i32.const 8))".to_owned()
    } else {
        format!("(i32.const {end})")
    };
    let imports: String =
        SHAPE.lines().filter(|line| line.contains("(import")).map(|line| format!("{line}\n")).collect();
    let memory: String = data.iter().take(2048).map(|byte| format!("\\{byte:02x}")).collect();
    let text = format!(
        "(module {imports} {PRELUDE} (data (i32.const 2000) \"{memory}\")
        (func (export \"claudetools:plugin/tool@1.0.0#call\") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        {calls} {answer}))"
    );
    wat::parse_str(text).expect("a program is well formed")
}

/// The name and the parameters of a function without results: `(import … (func $name (param i32 i64)))`.
fn imported(line: &str) -> Option<(&str, Vec<&str>)> {
    let function = line.split_once("(func ")?.1;
    let name = function.split([' ', ')']).next().filter(|name| name.starts_with('$'))?;
    let params = function.split_once("(param ").map_or("", |(_, params)| params.trim_end_matches(')'));
    Some((name, params.split_whitespace().collect()))
}

/// Small numbers (handles, flags, lengths), places in the memory, and what is far outside of it.
fn argument(ty: &str, bytes: &mut impl Iterator<Item = u8>) -> String {
    let (form, value) = (bytes.next().unwrap_or(0), u32::from(bytes.next().unwrap_or(0)));
    let number = match form % 8 {
        0..=3 => value,
        4 | 5 => 2000 + value * 4,
        6 => 65_536 * value / 32,
        _ => u32::MAX - value * 65_537,
    };
    format!("({ty}.const {number})")
}
