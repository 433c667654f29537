//! What is packed, and what is said of what can't be.

use super::*;

const MANIFEST: &str = r#"
name = "echo"
version = "1.0.0"
license = "MIT"
description = "Says it again."

[[tool]]
name = "Echo"
description = "Says it again."
[tool.input]
type = "object"
properties = {}
additionalProperties = false
"#;

/// A component that exports the contract's interface, with something empty in it.
const TOOL: &str = r#"(component (instance $tool) (export "claudetools:plugin/tool@1.0.0" (instance $tool)))"#;

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn refused(component: &[u8], manifest: &str) -> String {
    packed(component, manifest, false).unwrap_err().to_string()
}

#[test]
fn what_is_no_component_is_told_what_to_become() {
    insta::assert_snapshot!(refused(b"#!/bin/sh", MANIFEST), @"it is not WebAssembly; give the component that your build made");
    insta::assert_snapshot!(refused(&component("(module)"), MANIFEST), @"it is a core module, not a component; componentize it: Rust builds one with `--target wasm32-wasip2`, `jco new` and `wasm-tools component new` make one of a module, componentize-py and componentize-js make one at once");
    let cut = &component(TOOL)[..20];
    insta::assert_snapshot!(refused(cut, MANIFEST), @"it cannot be read (unexpected end-of-file (at offset 0xf)); build it again");
}

#[test]
fn a_component_for_another_host_is_named() {
    let plain = r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) (export "fetch" (func $f)))"#;
    insta::assert_snapshot!(refused(&component(plain), MANIFEST), @"proto.export: It exports plain functions (`fetch`), as components for Wassette do: a plugin exports `claudetools:plugin/tool@1`, whose `call` can pass each call on to what is there; `claudetools plugin new` makes a start.");
    let act = r#"(component (instance $tools) (export "act:tools/tool-provider@0.1.0" (instance $tools)))"#;
    insta::assert_snapshot!(refused(&component(act), MANIFEST), @"proto.export: It is a component for ACT (`act:tools`): a plugin exports `claudetools:plugin/tool@1`, whose `call` can pass each call on to what is there; `claudetools plugin new` makes a start.");
    let program = r#"(component (instance $run) (export "wasi:cli/run@0.2.6" (instance $run)))"#;
    insta::assert_snapshot!(refused(&component(program), MANIFEST), @r#"proto.export: It is a program (`wasi:cli/run`): build a library instead, in Rust with `crate-type = ["cdylib"]`, that exports `claudetools:plugin/tool@1`."#);
    insta::assert_snapshot!(refused(&component("(component)"), MANIFEST), @"proto.export: It does not export `claudetools:plugin/tool@1`.");
}

#[test]
fn an_import_that_the_manifest_does_not_ask_for_is_named() {
    let imports = TOOL.replace("(component", r#"(component (import "claudetools:plugin/state@1.0.0" (instance))"#);
    insta::assert_snapshot!(refused(&component(&imports), MANIFEST), @"supply.import: It imports `claudetools:plugin/state@1.0.0`, which its manifest does not ask for.");
}

#[test]
fn an_error_of_the_manifest_has_its_line() {
    insta::assert_snapshot!(refused(&component(TOOL), &MANIFEST.replace("license", "licence")), @"the manifest is not valid: line 4: unknown key `licence`, expected one of `name`, `version`, `license`, `description`, `granted_tools`, `tool`, `request`");
}

#[test]
fn a_manifest_is_embedded_once_and_replaced_only_when_asked() {
    let first = packed(&component(TOOL), MANIFEST, false).unwrap();
    assert_eq!(inspect(&first.bytes).unwrap().manifest.name, "echo");
    insta::assert_snapshot!(refused(&first.bytes, MANIFEST), @"it has a manifest already; with --replace this one takes its place");
    let other = MANIFEST.replace("1.0.0", "1.0.1");
    let second = packed(&first.bytes, &other, true).unwrap();
    assert_eq!(inspect(&second.bytes).unwrap().manifest.version, "1.0.1");
    assert_eq!(second.bytes.len(), first.bytes.len(), "the first one is gone");
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all()).validate_all(&second.bytes).unwrap();
}

#[test]
fn a_manifest_that_the_kit_compiled_in_is_left_alone() {
    let inner = TOOL.replace("(component", "(component (core module (@custom \"claudetools:manifest\" \"name = 1\"))");
    insta::assert_snapshot!(refused(&component(&inner), MANIFEST), @"its manifest was compiled in by the kit's `manifest!`; change manifest.toml and build it again, there is nothing to pack");
}
