//! Prepares the repository and the plugins of a row.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use claudetools_policy::Digest;
use claudetools_tests::built::guest;
use claudetools_tests::company::{CANARY, Places, approval};

use crate::abi;
use crate::flip::Flip;
use crate::row::{Row, Setup, Tamper};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The guests with their approvals: looking into all of them takes longer than most attacks.
static APPROVED: LazyLock<BTreeMap<&str, (Vec<u8>, String)>> = LazyLock::new(|| {
    let approved = |name| {
        let bytes = guest(name);
        let approval = approval(&bytes);
        (name, (bytes, approval))
    };
    GUESTS.into_iter().map(approved).collect()
});

const GUESTS: [&str; 7] = ["echo", "evil-exec", "evil-fs", "evil-import", "evil-mem", "evil-net", "evil-talk"];

/// The table of a component out of `guests/evil-abi`.
const ABI: &str = r#"
[plugin.NAME]
callers = { roles = ["tech"], origin = ["model"] }
limit   = { wall = "1s", memory = "32MiB", output = "1MiB" }
[[plugin.NAME.grant]]
id     = "read"
why    = "the legal neighbour of each attack"
kind   = "fs"
root   = "repo"
access = ["read", "list"]
allow  = ["**"]
"#;

/// Puts the components into place and gives the policy with every approval.
pub fn policy(places: &Places, row: &Row) -> Result<String> {
    if row.plugins_in_repo {
        let (beside, inside) = (places.path("base/plugins"), places.path("repo/plugins"));
        std::fs::rename(&beside, &inside)?;
        symlink(inside, beside)?;
    }
    let mut policy = with_guests(places, row.tamper.as_ref())?;
    let neighbour = (!row.components.is_empty()).then(abi::neighbour);
    for made in row.components.iter().chain(&neighbour) {
        let (name, approved) = abi::drop_in(places, made)?;
        if !policy.contains(&format!("[plugin.{name}]")) {
            policy.push_str(&ABI.replace("NAME", &name));
        }
        policy.push_str(&approved);
    }
    digests(laid_over(&policy, &row.policy)?)
}

/// A policy with the digests of the programs of this machine where it names them.
fn digests(mut policy: String) -> Result<String> {
    while let Some((before, after)) = policy.split_once("{sha256:") {
        let (path, after) = after.split_once('}').ok_or("a digest without an end")?;
        policy = format!("{before}{}{after}", digest(path)?);
    }
    Ok(policy)
}

/// The policy of all guests, with every approval.
pub fn with_guests(places: &Places, tamper: Option<&Tamper>) -> Result<String> {
    let mut policy = include_str!("policy.toml").to_owned();
    let secret = places.path("base/secret");
    std::fs::write(&secret, CANARY.trim_end())?;
    std::fs::set_permissions(secret, std::fs::Permissions::from_mode(0o600))?;
    for name in GUESTS {
        let (bytes, approved) = &APPROVED[name];
        let file = places.path(&format!("base/plugins/{name}.wasm"));
        std::fs::write(&file, bytes)?;
        let with = tamper.filter(|tamper| tamper.plugin == name).map(|tamper| tamper.with.as_str());
        if with != Some("no-approval") {
            policy.push_str(approved);
        }
        if let Some(with) = with {
            tamper_with(&file, bytes.clone(), with)?;
        }
    }
    digests(policy)
}

/// The digest of a program; those of all are asked for in every row.
fn digest(path: &str) -> Result<Digest> {
    static KNOWN: Mutex<BTreeMap<String, Digest>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(digest) = known.get(path) {
        return Ok(*digest);
    }
    let digest = Digest::of(std::fs::read(path).map_err(|error| format!("{path}: {error}"))?);
    known.insert(path.to_owned(), digest);
    Ok(digest)
}

/// A policy with these tables laid over it: values replace, grants are added.
pub fn laid_over(policy: &str, over: &toml::Table) -> Result<String> {
    if over.is_empty() {
        return Ok(policy.to_owned());
    }
    let mut policy: toml::Table = toml::from_str(policy)?;
    lay_over(&mut policy, over);
    Ok(toml::to_string(&policy)?)
}

fn lay_over(below: &mut toml::Table, over: &toml::Table) {
    for (key, value) in over {
        match (below.get_mut(key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(over)) => lay_over(below, over),
            (Some(toml::Value::Array(grants)), toml::Value::Array(more)) if key == "grant" => {
                grants.extend(more.clone())
            }
            _ => drop(below.insert(key.clone(), value.clone())),
        }
    }
}

fn tamper_with(file: &Path, mut bytes: Vec<u8>, with: &str) -> Result<()> {
    let beside = file.with_file_name("elsewhere");
    match with {
        "no-approval" => {}
        "one-byte" => {
            // The last byte belongs to the producers' section: the component stays valid.
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            std::fs::write(file, bytes)?;
        }
        "twin" => std::fs::write(file.with_file_name("twin.wasm"), bytes)?,
        "core-module" => std::fs::write(file, b"\0asm\x01\0\0\0")?,
        "machine-code" => std::fs::write(file, b"\x7fELF\x02\x01\x01\0")?,
        "zip" => std::fs::write(file, [b"PK\x03\x04".as_slice(), &bytes].concat())?,
        "tar" => std::fs::write(file, [b"echo.wasm\0".as_slice(), &[0; 502], &bytes].concat())?,
        "half" => std::fs::write(file, &bytes[..bytes.len() / 2])?,
        "empty" => std::fs::write(file, "")?,
        "two-gibibytes" => std::fs::File::options().write(true).open(file)?.set_len(2 << 30)?,
        "fifo" => {
            std::fs::remove_file(file)?;
            make_fifo(file)?;
        }
        "link" => {
            std::fs::rename(file, &beside)?;
            symlink(beside, file)?;
        }
        "second-name" => std::fs::hard_link(file, beside)?,
        "anybody-writes" => std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o666))?,
        other => return Err(format!("there is no way to tamper called {other}").into()),
    }
    Ok(())
}

/// Prepares the repository. What it returns keeps something going until it is dropped.
pub fn repository(places: &Places, row: &Row) -> Result<Vec<Flip>> {
    if let Some(vault) = &row.vault {
        std::fs::remove_dir_all(places.path("vault"))?;
        symlink(vault, places.path("vault"))?;
    }
    for dir in &row.dirs {
        std::fs::create_dir_all(places.path("repo").join(dir))?;
    }
    let all = row.setup.iter().chain(&row.control.setup);
    all.filter_map(|setup| one(places, setup).transpose()).collect()
}

/// Prepares one thing of the repository.
pub fn one(places: &Places, setup: &Setup) -> Result<Option<Flip>> {
    let repo = places.path("repo");
    let to = setup.to.as_deref().unwrap_or_default().replace("{outside}", &places.path("outside").to_string_lossy());
    if let Some(file) = &setup.file {
        std::fs::write(
            repo.join(file),
            setup.text.as_deref().unwrap_or_default().replace("{line}", &"a".repeat(1 << 20)),
        )?;
        let mode = if setup.executable { 0o755 } else { 0o644 };
        std::fs::set_permissions(repo.join(file), std::fs::Permissions::from_mode(mode))?;
    }
    if let Some(link) = &setup.symlink {
        symlink(&to, repo.join(link))?;
    }
    if let Some(link) = &setup.hardlink {
        std::fs::hard_link(&to, repo.join(link))?;
    }
    if let Some(fifo) = &setup.fifo {
        make_fifo(&repo.join(fifo))?;
    }
    if let Some(socket) = &setup.socket {
        drop(std::os::unix::net::UnixListener::bind(repo.join(socket))?);
    }
    if let Some(sparse) = &setup.sparse {
        std::fs::File::create(repo.join(sparse))?.set_len(setup.bytes.unwrap_or_default())?;
    }
    if let Some(many) = &setup.many {
        make_many(&repo.join(many), setup.count.unwrap_or_default())?;
    }
    Ok(setup.flip.as_ref().map(|flip| Flip::start(repo.join(flip), to.into(), setup.directory)))
}

fn make_fifo(path: &Path) -> Result<()> {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    Ok(mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0)?)
}

fn make_many(directory: &Path, count: u32) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    for number in 0..count {
        std::fs::File::create(directory.join(number.to_string()))?;
    }
    Ok(())
}
