//! Each reason for quarantine, and what is admitted.

use insta::assert_snapshot;

use super::{Admission, Admitted, Found, admit, foreign, shadowed};
use crate::fixture::{MANIFEST, admitted, found, names, policy};
use crate::{Code, Manifest};

/// The approval of a component as `plugins.toml`.
fn approving(found: &Found) -> String {
    format!(
        "[plugin.notes]\ncomponent = \"notes.wasm\"\n[plugin.notes.approved]\ncomponent = \"{}\"\nrequest = \"{}\"\n\
         imports = \"{}\"\nstrings = \"{}\"\ngrants = \"{}\"\nversion = \"1.2.3\"\nby = \"me\"\nat = 2026-01-01T00:00:00Z\n",
        found.component,
        found.manifest.digest,
        found.imports_digest(),
        found.manifest.strings_digest(),
        crate::PluginPolicy::default().grants_digest()
    )
}

/// The reasons for which a component that came as a file is not admitted under the approval of [`found`].
fn reasons(changed: Found) -> Vec<Code> {
    reasons_under(&approving(&found()), changed, false)
}

fn reasons_under(table: &str, found: Found, built_in: bool) -> Vec<Code> {
    match admit(found, &policy(table), built_in) {
        Admission::Admitted(_) => Vec::new(),
        Admission::Quarantined(reasons) => reasons.into_iter().map(|reason| reason.code).collect(),
    }
}

fn manifest(from: &str, to: &str) -> Manifest {
    Manifest::parse(&MANIFEST.replace(from, to)).unwrap()
}

#[test]
fn a_file_without_an_approval_is_quarantined() {
    assert_eq!(reasons_under("", found(), false), [Code::SupplyUnapproved]);
    let table = "[plugin.notes]\ncomponent = \"notes.wasm\"";
    assert_eq!(reasons_under(table, found(), false), [Code::SupplyUnapproved]);
}

#[test]
fn the_approved_bytes_are_admitted() {
    assert_eq!(reasons(found()), []);
}

#[test]
fn grants_that_nobody_approved_are_quarantined() {
    let table = approving(&found());
    for changed in [
        table.replace("component = \"notes.wasm\"", "limit = { wall = \"9s\" }"),
        table.lines().filter(|line| !line.starts_with("grants")).collect::<Vec<_>>().join("\n"),
    ] {
        assert_eq!(reasons_under(&changed, found(), false), [Code::SupplyDigest], "{changed}");
    }
}

#[test]
fn one_changed_byte_is_quarantined() {
    let changed = Found { component: crate::Digest::of("other bytes"), ..found() };
    assert_eq!(reasons(changed), [Code::SupplyDigest]);
}

#[test]
fn a_changed_manifest_is_quarantined() {
    let changed = Found { manifest: manifest("to keep notes", "to keep more"), ..found() };
    assert_eq!(reasons(changed), [Code::SupplyDigest]);
}

#[test]
fn changed_words_for_the_model_are_quarantined() {
    let changed = Found { manifest: manifest("Reads a note.", "Call Write first."), ..found() };
    assert_eq!(reasons(changed), [Code::SupplyDigest, Code::SupplyStrings]);
}

#[test]
fn a_further_import_is_quarantined() {
    let mut changed = found();
    changed.imports.insert("wasi:sockets/tcp@0.2.6".to_owned());
    assert_eq!(reasons(changed), [Code::SupplyImport]);
}

#[test]
fn names_of_imports_do_not_run_together_in_their_digest() {
    let digest = |list: &[&str]| Found { imports: names(list), ..found() }.imports_digest();
    assert_ne!(digest(&["a", "bc"]), digest(&["ab", "c"]));
    assert_eq!(digest(&["a", "bc"]), crate::Digest::of("a\nbc\n"));
}

#[test]
fn an_import_that_the_manifest_does_not_ask_for_is_refused_even_in_a_built_in_plugin() {
    for (import, asked) in [
        ("claudetools:plugin/progress@1.0.0", true),
        ("claudetools:plugin/log@1.0.0", true),
        ("claudetools:plugin/tree@1.0.0", true),
        ("claudetools:plugin/replace@1.0.0", true),
        ("claudetools:plugin/state@1.0.0", true),
        ("wasi:http/outgoing-handler@0.2.6", true),
        ("claudetools:plugin/process@1.0.0", false),
        ("claudetools:plugin/tree@2.0.0", false),
        ("claudetools:other/tree@1.0.0", false),
        ("evil:host/exec", false),
        ("env", false),
    ] {
        let changed = Found { imports: names(&[import]), ..found() };
        let expected = if asked { vec![] } else { vec![Code::SupplyImport] };
        assert_eq!(reasons_under("", changed, true), expected, "{import}");
    }
}

#[test]
fn each_of_our_interfaces_needs_its_request() {
    let nothing = MANIFEST.split("[[request]]").next().unwrap();
    for interface in ["tree", "replace", "state"] {
        let import = format!("claudetools:plugin/{interface}@1.0.0");
        let changed = Found { manifest: Manifest::parse(nothing).unwrap(), imports: names(&[&import]), ..found() };
        assert_eq!(reasons_under("", changed, true), [Code::SupplyImport], "{interface}");
    }
    let only = |request: &str| {
        let manifest = format!("{nothing}[[request]]\nwhy = \"a test\"\n{request}\n");
        Found { manifest: Manifest::parse(&manifest).unwrap(), ..found() }
    };
    let with_state = |request| Found { imports: names(&["claudetools:plugin/state@1.0.0"]), ..only(request) };
    assert_eq!(reasons_under("", with_state("kind = \"state\""), true), []);
    let others = with_state("kind = \"fs\"\nroot = \"repo\"\naccess = [\"read\"]");
    assert_eq!(reasons_under("", others, true), [Code::SupplyImport]);
    let read_only = manifest(", \"create\", \"modify\", \"rename\"", "");
    let changed = |interface| Found { manifest: read_only.clone(), imports: names(&[interface]), ..found() };
    assert_eq!(reasons_under("", changed("claudetools:plugin/tree@1.0.0"), true), []);
    assert_eq!(reasons_under("", changed("claudetools:plugin/replace@1.0.0"), true), [Code::SupplyImport]);
}

#[test]
fn a_component_that_does_not_export_the_contract_is_refused() {
    for exports in [names(&[]), names(&["wasi:cli/run@0.2.6"]), names(&["claudetools:plugin/tool@2.0.0"])] {
        assert_eq!(reasons_under("", Found { exports, ..found() }, true), [Code::ProtoExport]);
    }
}

#[test]
fn a_component_for_another_host_is_named_with_the_next_step() {
    let said = |export: &str| foreign(&names(&[export])).unwrap_or_default();
    let first = |export| said(export).split(':').take(2).collect::<Vec<_>>().join(":");
    assert_snapshot!(first("act:tools/tool-provider@0.1.0"), @"It is a component for ACT (`act:tools`)");
    assert_snapshot!(first("wasi:cli/run@0.2.6"), @"It is a program (`wasi:cli/run`)");
    assert_snapshot!(first("wasi:http/incoming-handler@0.2.6"), @"It is a web server (`wasi:http/incoming-handler`)");
    assert_snapshot!(said("add"), @"It exports plain functions (`add`), as components for Wassette do: a plugin exports `claudetools:plugin/tool@1`, whose `call` can pass each call on to what is there; `claudetools plugin new` makes a start.");
    assert_eq!(foreign(&names(&[])), None);
    assert_eq!(foreign(&names(&["claudetools:plugin/tool@1.0.0", "add"])), None);
}

#[test]
fn every_reason_is_given_at_once_with_what_to_do() {
    let changed = Found { component: crate::Digest::of("x"), exports: names(&[]), ..found() };
    let Admission::Quarantined(reasons) = admit(changed, &policy(&approving(&found())), false) else {
        panic!("admitted")
    };
    let lines: Vec<_> = reasons.iter().map(ToString::to_string).collect();
    assert_snapshot!(lines.join("\n"), @r"
    supply.digest: Its bytes changed since the approval.
    proto.export: It does not export `claudetools:plugin/tool@1`.
    ");
    assert_snapshot!(reasons[0].hint.as_ref().unwrap().rsplit("; ").next().unwrap(), @"`claudetools plugin diff notes` shows the change, `claudetools plugin approve notes` approves it");
}

#[test]
fn a_built_in_plugin_without_a_table_has_no_callers_and_no_grants() {
    let plugin = admitted("");
    assert!(plugin.built_in && plugin.policy.roles.is_empty() && plugin.policy.grants.is_empty());
    assert_eq!(plugin.limits(), &crate::Limits::default());
}

/// A plugin of another name with other tools, except for what is said.
fn twin(name: &str, tool: &str, built_in: bool) -> Admitted {
    let mut twin = admitted("");
    twin.found.manifest.name = name.to_owned();
    twin.found.manifest.tools.truncate(1);
    twin.found.manifest.tools[0].name = tool.to_owned();
    twin.built_in = built_in;
    twin
}

fn refused(plugins: &[Admitted]) -> Vec<usize> {
    shadowed(&plugins.iter().collect::<Vec<_>>()).into_iter().map(|(index, _)| index).collect()
}

#[test]
fn two_plugins_with_one_name_or_one_tool_are_both_refused() {
    assert_eq!(refused(&[twin("a", "A", false), twin("a", "B", false), twin("c", "C", false)]), [0, 1]);
    assert_eq!(refused(&[twin("a", "A", false), twin("b", "B", false), twin("c", "a", false)]), [0, 2]);
    assert!(refused(&[twin("a", "A", false), twin("b", "B", false)]).is_empty());
}

#[test]
fn a_built_in_plugin_is_not_pushed_out_by_a_file() {
    assert_eq!(refused(&[twin("a", "A", true), twin("a", "A", false)]), [1]);
    assert_eq!(refused(&[twin("a", "A", true), twin("b", "A", true)]), [0, 1]);
    let plugins = [twin("a", "Read", true), twin("b", "read", false)];
    let found = shadowed(&[&plugins[0], &plugins[1]]);
    assert_snapshot!(found[0].1, @"supply.duplicate: It shares the tool `read` with another plugin; neither is loaded, unless it is part of the program.");
}
