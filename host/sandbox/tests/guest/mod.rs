//! Guests for the tests: core modules in WAT, made into components with the WIT of this crate.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use claudetools_egress::{Egress, System};
use claudetools_policy::{Admission, Admitted, Policy, admit};
use claudetools_sandbox::{Call, Compiler, Outcome, Plugin, Roots, Sandbox, Settings, inspect};
use tempfile::TempDir;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A world with everything that a test guest may import; what it does not use is left out.
const WORLD: &str = "package test:guest;
world guest {
    include claudetools:sandbox/sandbox;
    import wasi:clocks/monotonic-clock@0.2.12;
    import wasi:io/poll@0.2.12;
    import wasi:sockets/instance-network@0.2.12;
    import wasi:sockets/tcp-create-socket@0.2.12;
    import wasi:sockets/ip-name-lookup@0.2.12;
}

package wasi:sockets@0.2.12 {
    interface network {
        resource network;
        enum error-code {
            unknown, access-denied, not-supported, invalid-argument, out-of-memory, timeout, concurrency-conflict,
            not-in-progress, would-block, invalid-state, new-socket-limit, address-not-bindable, address-in-use,
            remote-unreachable, connection-refused, connection-reset, connection-aborted, datagram-too-large,
            name-unresolvable, temporary-resolver-failure, permanent-resolver-failure,
        }
        enum ip-address-family { ipv4, ipv6 }
    }
    interface instance-network {
        use network.{network};
        instance-network: func() -> network;
    }
    interface tcp { resource tcp-socket; }
    interface tcp-create-socket {
        use network.{error-code, ip-address-family};
        use tcp.{tcp-socket};
        create-tcp-socket: func(family: ip-address-family) -> result<tcp-socket, error-code>;
    }
    interface ip-name-lookup {
        use network.{network, error-code};
        resource resolve-address-stream;
        resolve-addresses: func(network: borrow<network>, name: string) -> result<resolve-address-stream, error-code>;
    }
}";

/// The manifest of test guests: one tool, `Try`, that takes a number `n`.
pub const MANIFEST: &str = r#"
name = "guest"
version = "1.0.0"
license = "MIT"
description = "For tests."

[[tool]]
name = "Try"
description = "Tries something."
effects = ["read"]

[tool.input]
type = "object"
additionalProperties = false

[tool.input.properties.n]
type = "integer"

[[request]]
why = "For tests."
kind = "fs"
root = "repo"
access = ["read", "list", "create", "modify", "delete", "rename"]

[[request]]
why = "For tests."
kind = "state"
"#;

/// A component whose `call` has this body, without a manifest.
///
/// The body has the seven flat parameters of an invocation: `$id` and `$id-len`, `$tool`…, `$input`…,
/// `$budget`, and gives the address of a result. `$answer` takes a text's address and length, `$refused`
/// none, and both give such an address. `imports` stands before, `more` behind everything else.
pub fn bare(imports: &str, body: &str, more: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            {imports}
            (memory (export "memory") 1)
            (global $free (mut i32) (i32.const 32768))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                (global.set $free (i32.add (local.get $at) (local.get 3)))
                (block $fits
                    (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
                    (br_if $fits (i32.ge_s (memory.grow (i32.add (i32.const 1)
                        (i32.shr_u (local.get 3) (i32.const 16)))) (i32.const 0)))
                    unreachable)
                (local.get $at))
            (func $answer (param $text i32) (param $len i32) (result i32)
                (i32.store (i32.const 1024) (i32.const 0))
                (i32.store (i32.const 1028) (i32.const 1100))
                (i32.store (i32.const 1032) (i32.const 1))
                (i32.store (i32.const 1036) (i32.const 0))
                (i32.store (i32.const 1040) (i32.const 0))
                (i32.store (i32.const 1044) (i32.const 0))
                (i32.store (i32.const 1100) (i32.const 0))
                (i32.store (i32.const 1104) (local.get $text))
                (i32.store (i32.const 1108) (local.get $len))
                (i32.const 1024))
            (func $refused (result i32)
                (i32.store (i32.const 1024) (i32.const 1))
                (i32.store (i32.const 1028) (i32.const 1))
                (i32.store (i32.const 1032) (i32.const 0))
                (i32.store (i32.const 1036) (i32.const 0))
                (i32.const 1024))
            (func (export "claudetools:plugin/tool@1.0.0#call")
                (param $id i32) (param $id-len i32) (param $tool i32) (param $tool-len i32)
                (param $input i32) (param $input-len i32) (param $budget i32) (result i32)
                {body})
            {more})"#
    );
    encoded(wat::parse_str(text).unwrap())
}

/// A component with the manifest of this file.
pub fn component(imports: &str, body: &str, more: &str) -> Vec<u8> {
    with_manifest(bare(imports, body, more), MANIFEST)
}

/// Appends a manifest as `claudetools plugin pack` does.
pub fn with_manifest(component: Vec<u8>, manifest: &str) -> Vec<u8> {
    with_section(component, "claudetools:manifest", manifest.as_bytes())
}

fn with_section(mut component: Vec<u8>, name: &str, data: &[u8]) -> Vec<u8> {
    let mut section = leb(name.len());
    section.extend(name.as_bytes());
    section.extend(data);
    component.push(0);
    component.extend(leb(section.len()));
    component.extend(section);
    component
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn encoded(mut core: Vec<u8>) -> Vec<u8> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut resolve = Resolve::default();
    for file in
        ["wit/deps/io.wit", "wit/deps/clocks.wit", "wit/deps/filesystem.wit", "../../wit/plugin.wit", "wit/world.wit"]
    {
        resolve.push_file(here.join(file)).unwrap();
    }
    let package = resolve.push_str("guest.wit", WORLD).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&core).unwrap().validate(true).encode().unwrap()
}

/// A sandbox with a root `repo`, and everything that has to live as long.
pub struct House {
    pub sandbox: Sandbox,
    pub policy: Policy,
    pub dir: TempDir,
}

impl House {
    /// With these lines in the plugin's table of limits and these grants.
    pub fn new(limits: &str, grants: &str) -> Self {
        Self::with(limits, grants, Compiler::InProcess)
    }

    pub fn with(limits: &str, grants: &str, compiler: Compiler) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "schema = 1\n[roots.repo]\n[roots.scratch]\nkind = \"per-call\"\nmax_bytes = \"1MiB\"\n\
             [roles.all]\nlocal = true\n\
             [plugin.guest]\ncallers = {{ roles = [\"all\"], origin = [\"model\"] }}\n\
             [plugin.guest.limit]\n{limits}\n{grants}"
        );
        let policy = Policy::parse(&text).unwrap();
        std::fs::create_dir(dir.path().join("repo")).unwrap();
        let sandbox = sandbox(&policy, dir.path(), compiler);
        Self { sandbox, policy, dir }
    }

    pub fn admitted(&self, bytes: &[u8]) -> Admitted {
        match admit(inspect(bytes).unwrap(), &self.policy, true) {
            Admission::Admitted(admitted) => admitted,
            Admission::Quarantined(why) => panic!("{why:?}"),
        }
    }

    pub async fn load(&self, bytes: &[u8]) -> Plugin {
        self.sandbox.load(bytes, self.admitted(bytes)).await.unwrap()
    }

    /// Loads a guest and calls it once.
    pub async fn call(&self, bytes: &[u8]) -> Outcome {
        let plugin = self.load(bytes).await;
        self.sandbox.call(&plugin, call("{}")).outcome().await
    }
}

pub fn sandbox(policy: &Policy, dir: &Path, compiler: Compiler) -> Sandbox {
    let places = BTreeMap::from([("repo".to_owned(), dir.join("repo"))]);
    let roots = Arc::new(Roots::open(policy, places).unwrap());
    let settings = Settings { cache_dir: dir.join("cache"), scratch_dir: dir.join("scratch"), compiler };
    Sandbox::new(settings, roots, no_secrets()).unwrap()
}

/// A way out that knows no secret.
pub fn no_secrets() -> Arc<Egress> {
    Arc::new(Egress::new(System, &[], Arc::default()).unwrap())
}

pub fn call(input: &str) -> Call {
    Call { id: "call-1".to_owned(), tool: "Try".to_owned(), input: input.to_owned(), ..Call::default() }
}

/// What a failed call says: the code and the sentence.
pub fn said(outcome: &Outcome) -> String {
    match &outcome.result {
        Ok(output) => format!("{output:?}"),
        Err(failure) => failure.to_string(),
    }
}
