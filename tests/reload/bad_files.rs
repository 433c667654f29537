//! What must never stop the bot: files in `plugins/` that are no plugins.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use claudetools::reload::{PluginChange, State};
use claudetools_tests::built::guest;

use crate::house::{House, with_echo};

const HELLO: &str = r#"{"text":"hello"}"#;

/// A file that is no plugin, how it comes to be, and what is said of it.
type Bad = (&'static str, fn(&Path), &'static str);

const BAD: &[Bad] = &[
    ("fifo.wasm", fifo, "supply.size: The file `fifo.wasm` is not a regular file."),
    ("dir.wasm", |path| fs::create_dir(path).unwrap(), "supply.size: The file `dir.wasm` is not a regular file."),
    (
        "link.wasm",
        |path| symlink("echo.wasm", path).unwrap(),
        "supply.size: The file `link.wasm` is a link; put a copy of the file there.",
    ),
    (
        "dangling.wasm",
        |path| symlink("nowhere", path).unwrap(),
        "supply.size: The file `dangling.wasm` is a link; put a copy of the file there.",
    ),
    ("sparse.wasm", sparse, "supply.size: The component has more than 33554432 bytes."),
    (
        "group.wasm",
        |path| mode(path, 0o664),
        "supply.size: The file `group.wasm` may be written by its group or by anybody; run `chmod go-w` on it.",
    ),
    (
        "world.wasm",
        |path| mode(path, 0o646),
        "supply.size: The file `world.wasm` may be written by its group or by anybody; run `chmod go-w` on it.",
    ),
    ("empty.wasm", |path| fs::write(path, "").unwrap(), "proto.export: This is not a plugin: it is not WebAssembly."),
    (
        "core.wasm",
        |path| fs::write(path, b"\0asm\x01\0\0\0").unwrap(),
        "proto.export: This is not a plugin: it is a core module; build it as a component (target wasm32-wasip2).",
    ),
    (
        "compiled.cwasm",
        |path| fs::write(path, b"\x7fELF\x02\x01\x01").unwrap(),
        "proto.export: This is not a plugin: it is compiled machine code, which is never loaded; put the `.wasm` there that it came from.",
    ),
    (
        "archive.wasm",
        |path| fs::write(path, b"PK\x03\x04").unwrap(),
        "proto.export: This is not a plugin: it is not WebAssembly.",
    ),
];

fn fifo(path: &Path) {
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
        .unwrap();
}

fn sparse(path: &Path) {
    fs::File::create(path).unwrap().set_len(2 << 30).unwrap();
    mode(path, 0o600);
}

fn mode(path: &Path, mode: u32) {
    if !path.exists() {
        fs::write(path, guest("echo")).unwrap();
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn reasons(change: &PluginChange) -> String {
    change.state.reasons()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_named_with_what_to_do_and_the_rest_goes_on() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    for (name, make, wanted) in BAD {
        make(&house.plugin(name));
        let change = house.plugin_change().await;
        assert_eq!((change.name.as_str(), reasons(&change).as_str()), (*name, *wanted));
        assert!(house.call("tech", "echo", HELLO).await.contains("hello"), "after {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_named_at_start_too() {
    let (policy, bytes) = with_echo();
    let places = claudetools_tests::company::Places::new().unwrap();
    fs::write(places.path("base/plugins/echo.wasm"), &bytes).unwrap();
    BAD.iter().for_each(|(name, make, _)| make(&places.path("base/plugins").join(name)));
    let company = claudetools_tests::company::Company::open(&places, &policy).await.unwrap();
    for (name, _, wanted) in BAD {
        let waiting = company.catalog.quarantine.iter().find(|waiting| waiting.name == *name);
        assert_eq!(waiting.unwrap().reasons[0].to_string(), *wanted);
    }
    assert!(!company.call("echo", HELLO, &["tech"]).await.is_error);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_name_for_an_approved_file_puts_it_in_quarantine() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    fs::hard_link(house.plugin("echo.wasm"), house.places.path("outside/second")).unwrap();
    let change = house.plugin_change().await;
    assert!(reasons(&change).contains("has 2 names"), "{change:?}");
    fs::remove_file(house.places.path("outside/second")).unwrap();
    assert_eq!(house.plugin_change().await.state, State::Admitted);
    mode(&house.plugin("echo.wasm"), 0o666);
    assert!(reasons(&house.plugin_change().await).contains("chmod go-w"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_of_one_plugin_are_both_set_aside() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    house.drop_in("twin.wasm", &bytes);
    let changes = [house.plugin_change().await, house.plugin_change().await];
    assert!(changes.iter().all(|change| crate::house::quarantined(change, "supply.duplicate")), "{changes:?}");
    assert_eq!(house.call("tech", "echo", HELLO).await, "caller.origin");
    fs::remove_file(house.plugin("twin.wasm")).unwrap();
    house.admitted("echo").await;
}
