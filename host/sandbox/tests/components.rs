//! Files that are plugins and files that are not; what is compiled, and what is kept of it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod guest;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use claudetools_policy::{Code, Digest};
use claudetools_sandbox::{Compiler, Part, inspect, read_component};
use guest::{House, MANIFEST, bare, call, component, said, with_manifest};
use insta::assert_snapshot;

const ANSWER: &str = "(call $answer (local.get $input) (local.get $input-len))";
const STEPS: &str = r#"(import "claudetools:plugin/progress@1.0.0" "steps" (func (param i32 i32 i32)))"#;

fn refused(bytes: &[u8]) -> String {
    inspect(bytes).unwrap_err().to_string()
}

#[test]
fn a_component_says_what_it_is_without_being_run() {
    let bytes = component(STEPS, ANSWER, "");
    let found = inspect(&bytes).unwrap();
    assert_eq!(found.manifest.name, "guest");
    assert_eq!(found.component, Digest::of(&bytes));
    assert_eq!(found.bytes, bytes.len() as u64);
    assert_eq!(
        found.imports.into_iter().collect::<Vec<_>>(),
        ["claudetools:plugin/progress@1.0.0", "claudetools:plugin/types@1.0.0"]
    );
    assert_eq!(found.exports.into_iter().collect::<Vec<_>>(), ["claudetools:plugin/tool@1.0.0"]);
}

#[test]
fn a_manifest_in_the_core_module_is_found() {
    let hex: String = MANIFEST.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let more = format!("(@custom \"claudetools:manifest\" \"{hex}\")");
    assert_eq!(inspect(&bare("", ANSWER, &more)).unwrap().manifest.name, "guest");
}

#[test]
fn what_is_not_a_plugin_says_why() {
    let whole = component("", ANSWER, "");
    assert_snapshot!(refused(b""), @"proto.export: This is not a plugin: it is not WebAssembly.");
    assert_snapshot!(refused(b"garbage that is long enough"), @"proto.export: This is not a plugin: it is not WebAssembly.");
    assert_snapshot!(refused(&wat::parse_str("(module)").unwrap()), @"proto.export: This is not a plugin: it is a core module; build it as a component (target wasm32-wasip2).");
    assert_snapshot!(refused(&wat::parse_str("(component)").unwrap()), @"proto.export: This is not a plugin: it has no `claudetools:manifest` section; build it with the kit, or run `claudetools plugin pack`.");
    assert_snapshot!(refused(&whole[..whole.len() / 2]), @"proto.export: This is not a plugin: unexpected end-of-file (at offset 0x4ec).");
    assert_snapshot!(refused(&with_manifest(bare("", ANSWER, ""), "name = 1")), @"proto.export: This is not a plugin: the manifest is not valid: line 1: invalid type: integer `1`, expected a string.");
    assert_snapshot!(refused(&vec![0; (32 << 20) + 1]), @"supply.size: The component has more than 33554432 bytes.");
}

#[test]
fn compiled_code_is_not_a_plugin() {
    let engine = wasmtime::Engine::default();
    let code = engine.precompile_component(&component("", ANSWER, "")).unwrap();
    assert_snapshot!(refused(&code), @"proto.export: This is not a plugin: it is compiled machine code, which is never loaded; put the `.wasm` there that it came from.");
}

#[test]
fn two_different_manifests_are_refused_and_two_equal_ones_are_not() {
    let once = component("", ANSWER, "");
    let other = MANIFEST.replace("For tests.", "For other tests.");
    assert_snapshot!(refused(&with_manifest(once.clone(), &other)), @"proto.export: This is not a plugin: it has two different manifests.");
    assert!(inspect(&with_manifest(once, MANIFEST)).is_ok());
}

#[test]
fn no_prefix_and_no_flipped_byte_of_a_component_makes_inspection_panic() {
    let whole = component(STEPS, ANSWER, "");
    for at in 0..whole.len() {
        let _ = inspect(&whole[..at]);
        let mut flipped = whole.clone();
        flipped[at] ^= 0xff;
        let _ = inspect(&flipped);
    }
}

#[test]
fn a_file_that_others_could_change_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mode = |name: &str, mode| fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
    let refused = |name: &str| {
        let refusal = read_component(&path(name)).unwrap_err();
        assert_eq!(refusal.code, Code::SupplySize);
        refusal.message
    };
    fs::write(path("good.wasm"), "bytes").unwrap();
    mode("good.wasm", 0o644);
    assert_eq!(read_component(&path("good.wasm")).unwrap(), b"bytes");

    fs::write(path("writable.wasm"), "bytes").unwrap();
    mode("writable.wasm", 0o664);
    assert_snapshot!(refused("writable.wasm"), @"The file `writable.wasm` may be written by its group or by anybody; run `chmod go-w` on it.");
    symlink("good.wasm", path("link.wasm")).unwrap();
    assert_snapshot!(refused("link.wasm"), @"The file `link.wasm` is a link; put a copy of the file there.");
    fs::create_dir(path("dir.wasm")).unwrap();
    assert_snapshot!(refused("dir.wasm"), @"The file `dir.wasm` is not a regular file.");
    let fifo = rustix::fs::mkfifoat(rustix::fs::CWD, path("fifo.wasm"), rustix::fs::Mode::from_raw_mode(0o600));
    fifo.unwrap();
    assert_snapshot!(refused("fifo.wasm"), @"The file `fifo.wasm` is not a regular file.");
    assert_snapshot!(refused("none.wasm"), @"The file `none.wasm` cannot be opened: No such file or directory (os error 2).");
    fs::File::create(path("large.wasm")).unwrap().set_len(3 << 30).unwrap();
    mode("large.wasm", 0o644);
    assert_snapshot!(refused("large.wasm"), @"The component has more than 33554432 bytes.");
    fs::hard_link(path("good.wasm"), path("second.wasm")).unwrap();
    assert_snapshot!(refused("good.wasm"), @"The file `good.wasm` has 2 names, and could be changed through another; put a copy of it there instead of a link.");
}

#[tokio::test]
async fn other_bytes_than_the_admitted_ones_are_not_loaded() {
    let house = House::new("", "");
    let admitted = house.admitted(&component("", ANSWER, ""));
    let other = component("", "unreachable", "");
    let refusal = house.sandbox.load(&other, admitted).await.unwrap_err();
    assert_snapshot!(refusal, @"supply.digest: The bytes are not the admitted ones.");
}

#[tokio::test]
async fn a_component_with_another_contract_is_not_loaded() {
    let house = House::new("", "");
    let good = house.admitted(&component("", ANSWER, ""));
    let text = r#"(component
        (core module $m (func (export "f") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m))
        (func $f (result u32) (canon lift (core func $i "f")))
        (instance $t (export "call" (func $f)))
        (export "claudetools:plugin/tool@1.0.0" (instance $t)))"#;
    let unknown = r#"(component (import "somebody:else/thing@1.0.0" (instance (export "f" (func)))))"#;
    let mut hints = Vec::new();
    for (text, code) in [(text, Code::ProtoExport), (unknown, Code::SupplyImport), ("(component)", Code::ProtoExport)] {
        let bytes = wat::parse_str(text).unwrap();
        let mut admitted = good.clone();
        admitted.found.component = Digest::of(&bytes);
        let refusal = house.sandbox.load(&bytes, admitted).await.unwrap_err();
        assert_eq!(refusal.code, code, "{refusal}");
        hints.push(refusal.hint.unwrap());
    }
    assert_snapshot!(hints.join("\n"), @r#"
`call` is ()->u32; expected (record{id:string,tool:string,input:string,budget-ms:u32})->result<record{parts:list<variant{text(string),table(string),image(record{media-type:string,data:list<u8>}),document(record{media-type:string,data:list<u8>})}>,summary:string,truncated:bool},variant{invalid(string),refused(string),unavailable(string),internal(string)}>
component imports instance `somebody:else/thing@1.0.0`, but a matching implementation was not found in the linker: instance export `f` has the wrong type: function implementation is missing
no instance `claudetools:plugin/tool@1.0.0` is exported
"#);
}

/// The cache's files of code with their bytes.
fn kept(house: &House) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(house.dir.path().join("cache")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let code = paths.filter(|path| path.extension().is_some_and(|extension| extension == "code"));
    code.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[tokio::test]
async fn compiled_code_is_kept_for_its_owner_only() {
    let house = House::new("", "");
    let bytes = component("", ANSWER, "");
    house.load(&bytes).await;
    let [(path, _)] = &kept(&house)[..] else { panic!("one file") };
    assert!(path.file_name().unwrap().to_str().unwrap().starts_with(&Digest::of(&bytes).hex()));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(path), mode(path.parent().unwrap())), (0o600, 0o700));
}

#[tokio::test]
async fn kept_code_is_used_and_a_damaged_file_is_compiled_anew() {
    let house = House::new("", "");
    let bytes = component("", ANSWER, "");
    house.load(&bytes).await;
    let (path, code) = kept(&house).remove(0);
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    house.load(&bytes).await;
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written, "it was written again");

    let mut flipped = code.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for damaged in [&flipped[..], &code[..code.len() - 1], b"", b"short"] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(house.call(&bytes).await.result.unwrap().parts, [Part::Text("{}".to_owned())]);
        assert_eq!(kept(&house)[0].1, code);
    }
}

#[tokio::test]
async fn code_that_somebody_else_put_there_is_not_used() {
    let house = House::new("", "");
    let bytes = component("", ANSWER, "");
    house.load(&bytes).await;
    let (path, code) = kept(&house).remove(0);
    fs::rename(&path, house.dir.path().join("elsewhere")).unwrap();
    symlink(house.dir.path().join("elsewhere"), &path).unwrap();
    house.load(&bytes).await;
    assert!(!fs::symlink_metadata(&path).unwrap().is_symlink());
    assert_eq!(fs::read(&path).unwrap(), code);
}

#[tokio::test]
async fn a_compiler_that_is_not_there_is_a_refusal() {
    let house = House::with("", "", Compiler::Child("/nonexistent/claudetools".into()));
    let bytes = component("", ANSWER, "");
    let refusal = house.sandbox.load(&bytes, house.admitted(&bytes)).await.unwrap_err();
    assert_snapshot!(refusal, @"proto.export: The component cannot be compiled.");
    assert_snapshot!(refusal.hint.unwrap(), @"`/nonexistent/claudetools` could not be run: No such file or directory (os error 2)");
}

#[tokio::test]
async fn an_input_that_does_not_fit_never_reaches_the_guest() {
    let house = House::new("", "");
    let plugin = house.load(&component("", "unreachable", "")).await;
    let deep = format!("{{\"n\":{}1{}}}", "[".repeat(70), "]".repeat(70));
    let said = async |input: &str| said(&house.sandbox.call(&plugin, call(input)).outcome().await);
    assert_snapshot!(said("").await, @"proto.shape: The input is not valid JSON: EOF while parsing a value at line 1 column 0.");
    assert_snapshot!(said("[]").await, @"proto.shape: The input must be a JSON object.");
    assert_snapshot!(said("{\"n\":1,\"n\":2}").await, @"proto.shape: The input is not valid JSON: the key `n` comes twice at line 1 column 10.");
    assert_snapshot!(said("{\"n\":1e400}").await, @"proto.shape: The input is not valid JSON: number out of range at line 1 column 10.");
    assert_snapshot!(said("{\"n\":NaN}").await, @"proto.shape: The input is not valid JSON: expected value at line 1 column 6.");
    assert_snapshot!(said("{\"n\":\"x\"}").await, @r#"proto.shape: The input's `/n` does not fit the tool's schema: value is not of type "integer"."#);
    assert_snapshot!(said("{\"m\":1}").await, @"proto.shape: The input does not fit the tool's schema: Additional properties are not allowed ('m' was unexpected).");
    assert_snapshot!(said("{\"__proto__\":1}").await, @"proto.shape: The input does not fit the tool's schema: Additional properties are not allowed ('__proto__' was unexpected).");
    assert_snapshot!(said("{} {}").await, @"proto.shape: The input is not valid JSON: trailing characters at line 1 column 4.");
    assert_snapshot!(said(&deep).await, @"proto.shape: The input is not valid JSON: it nests deeper than 64 at line 1 column 69.");
    assert_snapshot!(said(&" ".repeat((1 << 20) + 1)).await, @"proto.shape: The input has 1048577 bytes; 1048576 are allowed.");
}
