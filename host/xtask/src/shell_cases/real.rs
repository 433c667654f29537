//! What the machine's bash does, recorded once for each version of bash and each set of cases.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::Outcome;
use super::case::{Case, CaseFile};
use crate::guests::root;

/// Inside new user, mount, process, network and name namespaces: a root directory in memory with nothing of the machine
/// but its programs, the case's files in `/tmp`, an empty environment, and an ordinary user.
const JAIL: &str = r#"
set -e
hostname sandbox
mount -t tmpfs tmpfs /mnt
cd /mnt
mkdir usr proc dev tmp repo vault scratch etc old
mount --bind -o ro /usr usr
ln -s usr/bin usr/lib usr/lib64 usr/sbin .
for node in null zero urandom; do : >dev/$node; mount --bind /dev/$node dev/$node; done
ln -s /proc/self/fd dev/fd; ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
mount -t proc proc proc
cp -a /etc/alternatives etc
printf '%s\n' root:x:0:0:root:/root:/bin/bash user:x:1000:1000:user:/scratch:/bin/bash >etc/passwd
cp -a "$CASE/." tmp
ulimit -n 1024
pivot_root . old
umount -l /old
rmdir /old
chmod 777 /tmp /repo /scratch
exec unshare -U --map-user=1000 --map-group=1000 env -i -C /tmp PATH=/usr/bin:/bin HOME=/scratch LANG=C.UTF-8 "$@" \
  timeout -s KILL 10 bash --norc --noprofile
"#;

/// What bash did with each case.
pub type Recorded = BTreeMap<String, Outcome>;

/// Reads the record of this bash and these cases, or makes it.
pub fn record(cases: &[Case]) -> Result<Recorded> {
    let file = record_file(cases)?;
    if let Ok(text) = std::fs::read_to_string(&file) {
        return Ok(serde_json::from_str(&text)?);
    }
    eprintln!("recording {} cases with the machine's bash", cases.len());
    let recorded = cases.iter().map(|case| Ok((case.id.clone(), once(case)?))).collect::<Result<Recorded>>()?;
    std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    std::fs::write(&file, serde_json::to_string(&recorded)?)?;
    Ok(recorded)
}

fn record_file(cases: &[Case]) -> Result<PathBuf> {
    let version = Command::new("bash").arg("--version").output().context("bash is missing on this machine")?;
    let mut hasher = DefaultHasher::new();
    (&version.stdout, JAIL, serde_json::to_string(cases)?).hash(&mut hasher);
    Ok(root().join(format!("target/shell-cases/{:016x}.json", hasher.finish())))
}

fn once(case: &Case) -> Result<Outcome> {
    let directory = root().join("target/shell-cases/files");
    write_files(&directory, &case.files)?;
    let mut child = Command::new("unshare")
        .args(["-Urmpnu", "--fork", "--kill-child", "sh", "-c", JAIL, "jail"])
        .args(case.env.iter().map(|(name, value)| format!("{name}={value}")))
        .env("CASE", &directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("unshare is missing; the machine's bash runs only in a jail")?;
    // A shell that ends early closes its input: that is not a failure.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(case.script.as_bytes()));
    let output = child.wait_with_output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    if stderr.starts_with("unshare:") || stderr.starts_with("mount:") {
        bail!("the jail for the machine's bash could not be made: {stderr}");
    }
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(Outcome { stdout, stderr, status: output.status.code().unwrap_or(-1) })
}

fn write_files(directory: &Path, files: &[CaseFile]) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = std::fs::remove_dir_all(directory);
    std::fs::create_dir_all(directory)?;
    for file in files {
        let path = directory.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap_or(directory))?;
        std::fs::write(&path, &file.contents)?;
        let mode = if file.executable { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}
