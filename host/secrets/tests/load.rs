//! Where secrets are read from, what is refused there, and that no message shows a value.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use claudetools_policy::Policy;
use claudetools_secrets::{Places, Scrub, Secrets};

const VALUE: &str = "hunter2-hunter2";

/// A directory with `plugins.toml`, one with a vault, and an environment.
struct World {
    place: tempfile::TempDir,
    env: Vec<(&'static str, String)>,
}

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("vault")).unwrap();
        Self { place, env: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// A file that only its owner can read.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The secret `hudu` with this source, and what was wrong with it; the temporary directory is shown as `$DIR`.
    fn load(&self, source: &str) -> (Secrets, String) {
        let text = format!(
            "schema = 1\n\n[secrets.hudu]\nsource = {{ {source} }}\naudience = [{{ host = \"acme.huducloud.com\" }}]\n"
        );
        let get = |name: &str| self.env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let vault = self.path("vault");
        let places = Places { base: self.place.path(), vault: vault.exists().then_some(&*vault), env: &get };
        let (secrets, errors) = Secrets::load(&Policy::parse(&text).unwrap(), &places);
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        (secrets, errors.join("\n").replace(&*self.place.path().to_string_lossy(), "$DIR"))
    }

    /// What is said about a secret that must not be read. Whatever it says holds no part of the value.
    fn refused(&self, source: &str) -> String {
        let (secrets, said) = self.load(source);
        assert!(secrets.get("hudu").is_none(), "{source} was read");
        assert!(!said.contains("hunter") && !said.contains("AGE-SECRET-KEY-1E"), "{said}");
        said
    }

    fn value(&self, source: &str) -> String {
        let (secrets, said) = self.load(source);
        secrets.get("hudu").unwrap_or_else(|| panic!("{said}")).expose().to_owned()
    }
}

#[test]
fn a_file_that_others_could_read_or_replace_is_refused() {
    let world = World::new();
    world.file("a", VALUE);
    symlink("a", world.path("link")).unwrap();
    fs::create_dir(world.path("directory")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, world.path("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    world.file("large", "hunter2".repeat(10_000));
    let mut said = ["link", "directory", "fifo", "large", "nothing"]
        .map(|name| world.refused(&format!("file = '{name}'")))
        .to_vec();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644] {
        fs::set_permissions(world.path("a"), Permissions::from_mode(mode)).unwrap();
        said.push(world.refused("file = 'a'"));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
        plugins.toml:3: secret `hudu`: the file $DIR/link is a symbolic link; name the file itself
        plugins.toml:3: secret `hudu`: the file $DIR/directory is not a regular file; name one
        plugins.toml:3: secret `hudu`: the file $DIR/fifo is not a regular file; name one
        plugins.toml:3: secret `hudu`: the file $DIR/large is larger than 65536 bytes; name a smaller file
        plugins.toml:3: secret `hudu`: the file $DIR/nothing is not there; create it or correct the path
        plugins.toml:3: secret `hudu`: the file $DIR/a can be used by others (mode 640); run `chmod 600 $DIR/a`
        plugins.toml:3: secret `hudu`: the file $DIR/a can be used by others (mode 604); run `chmod 600 $DIR/a`
        plugins.toml:3: secret `hudu`: the file $DIR/a can be used by others (mode 620); run `chmod 600 $DIR/a`
        plugins.toml:3: secret `hudu`: the file $DIR/a can be used by others (mode 602); run `chmod 600 $DIR/a`
        plugins.toml:3: secret `hudu`: the file $DIR/a can be used by others (mode 610); run `chmod 600 $DIR/a`
        plugins.toml:3: secret `hudu`: the file $DIR/a can be used by others (mode 601); run `chmod 600 $DIR/a`
        plugins.toml:3: secret `hudu`: the file $DIR/a can be used by others (mode 644); run `chmod 600 $DIR/a`
        ");
}

#[test]
fn a_value_that_can_not_be_kept_secret_is_refused() {
    let mut world = World::new();
    let values: [&[u8]; 9] = [
        b"",
        b"\n",
        b"  \t ",
        b"hunter2",
        b"   hunter   ",
        b"hunter2-\nhunter2",
        b"hunter2-hunter2\n\n",
        b"hunter2-\0-hunter2",
        b"hunter2-\xff",
    ];
    let mut said: Vec<String> = Vec::new();
    for value in values {
        world.file("a", value);
        said.push(world.refused("file = 'a'"));
    }
    world.file("a", "hunter2".repeat(1_200));
    said.push(world.refused("file = 'a'"));
    world.env = vec![("HUDU", "hunter2\r\nX: y".to_owned())];
    said.push(world.refused("env = 'HUDU'"));
    said.push(world.refused("env = 'OTHER'"));
    insta::assert_snapshot!(said.join("\n"), @r"
        plugins.toml:3: secret `hudu`: the value in $DIR/a is empty; put the value there
        plugins.toml:3: secret `hudu`: the value in $DIR/a is empty; put the value there
        plugins.toml:3: secret `hudu`: the value in $DIR/a is empty; put the value there
        plugins.toml:3: secret `hudu`: the value in $DIR/a is shorter than 8 bytes, which can't be told from ordinary text when answers are scrubbed; use a longer one
        plugins.toml:3: secret `hudu`: the value in $DIR/a is shorter than 8 bytes, which can't be told from ordinary text when answers are scrubbed; use a longer one
        plugins.toml:3: secret `hudu`: the value in $DIR/a has a line break or another control character inside; put the value there alone, on one line
        plugins.toml:3: secret `hudu`: the value in $DIR/a has a line break or another control character inside; put the value there alone, on one line
        plugins.toml:3: secret `hudu`: the value in $DIR/a has a line break or another control character inside; put the value there alone, on one line
        plugins.toml:3: secret `hudu`: the value in $DIR/a is not UTF-8 text; put the value there as text
        plugins.toml:3: secret `hudu`: the value in $DIR/a is longer than 8192 bytes; name a place that holds the value alone
        plugins.toml:3: secret `hudu`: the value in HUDU has a line break or another control character inside; put the value there alone, on one line
        plugins.toml:3: secret `hudu`: the variable OTHER is not set; set it where claudetools is started
        ");
}

#[test]
fn a_value_is_read_from_a_file_and_from_a_variable() {
    let mut world = World::new();
    for content in [VALUE.to_owned(), format!("{VALUE}\n"), format!("{VALUE}\r\n")] {
        world.file("a", content);
        assert_eq!(world.value("file = 'a'"), VALUE);
    }
    let absolute = world.file("b", "wörter mit Leerzeichen ");
    assert_eq!(world.value(&format!("file = '{}'", absolute.display())), "wörter mit Leerzeichen ");
    fs::set_permissions(&absolute, Permissions::from_mode(0o400)).unwrap();
    assert_eq!(world.value("file = 'b'"), "wörter mit Leerzeichen ");
    world.env = vec![("HUDU", VALUE.to_owned())];
    assert_eq!(world.value("env = 'HUDU'"), VALUE);
}

/// A file whose field `client.secret` is [`VALUE`], for a fresh identity, made by the description of the format.
fn sealed() -> (String, String) {
    let identity = age::x25519::Identity::generate();
    let key = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
    let enc = age::encrypt_and_armor(&identity.to_public(), &[9; 32]).unwrap();
    let mac: String = <sha2::Sha512 as sha2::Digest>::digest(VALUE).iter().map(|byte| format!("{byte:02X}")).collect();
    let (when, to) = ("2026-01-02T03:04:05Z", identity.to_public());
    let (secret, mac) = (seal("client:secret:", VALUE), seal(when, &mac));
    let own = format!("age: [{{recipient: {to}, enc: {enc:?}}}], lastmodified: {when}, mac: \"{mac}\"");
    (format!("client: {{ secret: \"{secret}\" }}\nsops: {{ {own} }}\n"), key)
}

fn seal(place: &str, value: &str) -> String {
    use aes_gcm::aead::consts::U32;
    use aes_gcm::{AeadInPlace, AesGcm, KeyInit, aes::Aes256};
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut data = value.as_bytes().to_vec();
    let cipher = AesGcm::<Aes256, U32>::new((&[9; 32]).into());
    let tag = cipher.encrypt_in_place_detached((&[1; 32]).into(), place.as_bytes(), &mut data).unwrap();
    let [data, iv, tag] = [&data[..], &[1; 32], &tag[..]].map(|bytes| STANDARD.encode(bytes));
    format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:str]")
}

/// A world with a sealed file in its vault; the identity is in `keys.txt`.
fn vault() -> World {
    let mut world = World::new();
    let (file, key) = sealed();
    fs::write(world.path("vault/acme.yaml"), file).unwrap();
    let keys = world.file("keys.txt", format!("# created: today\n{key}\n"));
    world.env = vec![("SOPS_AGE_KEY_FILE", keys.display().to_string())];
    world
}

const IN_VAULT: &str = "vault = 'acme.yaml#client.secret'";

#[test]
fn a_field_of_the_vault_is_read_with_the_identity_found_where_sops_looks() {
    let mut world = vault();
    assert_eq!(world.value(IN_VAULT), VALUE);
    let key = fs::read_to_string(world.path("keys.txt")).unwrap();
    world.env = vec![("SOPS_AGE_KEY", key.clone())];
    assert_eq!(world.value(IN_VAULT), VALUE);
    for (variable, directory) in [("XDG_CONFIG_HOME", "config"), ("HOME", "home/.config")] {
        let keys = Path::new(directory).join("sops/age");
        fs::create_dir_all(world.path(keys.to_str().unwrap())).unwrap();
        world.file(keys.join("keys.txt").to_str().unwrap(), &key);
        world.env = vec![(variable, world.path(directory.split('/').next().unwrap()).display().to_string())];
        assert_eq!(world.value(IN_VAULT), VALUE, "{variable}");
    }
}

#[test]
fn what_is_not_below_the_vault_is_refused() {
    let world = vault();
    fs::rename(world.path("vault/acme.yaml"), world.path("acme.yaml")).unwrap();
    symlink("../acme.yaml", world.path("vault/out.yaml")).unwrap();
    symlink(world.path("acme.yaml"), world.path("vault/absolute.yaml")).unwrap();
    symlink(world.place.path(), world.path("vault/up")).unwrap();
    symlink("loop.yaml", world.path("vault/loop.yaml")).unwrap();
    fs::create_dir(world.path("vault/directory.yaml")).unwrap();
    fs::write(world.path("vault/large.yaml"), "hunter2: hunter2\n".repeat(70_000)).unwrap();
    let names = ["out", "absolute", "up/acme", "loop", "directory", "large", "nothing"];
    let mut said = names.map(|name| world.refused(&format!("vault = '{name}.yaml#client.secret'"))).to_vec();
    fs::rename(world.path("vault"), world.path("elsewhere")).unwrap();
    said.push(world.refused(IN_VAULT));
    insta::assert_snapshot!(said.join("\n"), @r"
        plugins.toml:3: secret `hudu`: the file $DIR/vault/out.yaml leads out of the vault; name a file below it
        plugins.toml:3: secret `hudu`: the file $DIR/vault/absolute.yaml leads out of the vault; name a file below it
        plugins.toml:3: secret `hudu`: the file $DIR/vault/up/acme.yaml leads out of the vault; name a file below it
        plugins.toml:3: secret `hudu`: the file $DIR/vault/loop.yaml leads out of the vault; name a file below it
        plugins.toml:3: secret `hudu`: the file $DIR/vault/directory.yaml is not a regular file; name one
        plugins.toml:3: secret `hudu`: the file $DIR/vault/large.yaml is larger than 1048576 bytes; name a smaller file
        plugins.toml:3: secret `hudu`: the file $DIR/vault/nothing.yaml is not there; create it or correct the path
        plugins.toml:3: secret `hudu`: it is in the vault, and there is none; set VAULT_PATH to the vault's directory
        ");
}

#[test]
fn a_link_that_stays_in_the_vault_is_followed() {
    let world = vault();
    symlink("acme.yaml", world.path("vault/link.yaml")).unwrap();
    assert_eq!(world.value("vault = 'link.yaml#client.secret'"), VALUE);
}

#[test]
fn a_field_that_gives_no_secret_is_refused() {
    let world = vault();
    let text = fs::read_to_string(world.path("vault/acme.yaml")).unwrap();
    fs::write(world.path("vault/clear.yaml"), "client: { secret: hunter2-hunter2 }\n").unwrap();
    fs::write(world.path("vault/changed.yaml"), text.replace("client:", "other:")).unwrap();
    let said = ["acme.yaml#client.other", "acme.yaml#client", "clear.yaml#client.secret", "changed.yaml#other.secret"];
    insta::assert_snapshot!(said.map(|place| world.refused(&format!("vault = '{place}'"))).join("\n"), @r"
        plugins.toml:3: secret `hudu`: the vault's file acme.yaml has no field `client.other`; name its keys from the top, joined with dots
        plugins.toml:3: secret `hudu`: the vault's file acme.yaml has no single value at `client`; name one of the fields below it
        plugins.toml:3: secret `hudu`: the vault's file clear.yaml is not encrypted; run `sops encrypt -i` on it
        plugins.toml:3: secret `hudu`: the vault's file changed.yaml has a value at `other.secret` that was changed or moved since it was encrypted; restore the file
        ");
}

#[test]
fn identities_that_can_not_be_used_are_refused() {
    let mut world = vault();
    let key = fs::read_to_string(world.path("keys.txt")).unwrap();
    let mut said = Vec::new();
    fs::set_permissions(world.path("keys.txt"), Permissions::from_mode(0o644)).unwrap();
    said.push(world.refused(IN_VAULT));
    world.file("keys.txt", key.replace("AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1E"));
    said.push(world.refused(IN_VAULT));
    fs::remove_file(world.path("keys.txt")).unwrap();
    said.push(world.refused(IN_VAULT));
    world.env = vec![("HOME", world.path("nobody").display().to_string())];
    said.push(world.refused(IN_VAULT));
    world.env = vec![("SOPS_AGE_KEY", "# nothing\n".to_owned())];
    said.push(world.refused(IN_VAULT));
    insta::assert_snapshot!(said.join("\n"), @r"
        plugins.toml:3: secret `hudu`: the age identities in $DIR/keys.txt can't be used: the file can be used by others (mode 644); run `chmod 600 $DIR/keys.txt`
        plugins.toml:3: secret `hudu`: line 2 of the age identities in $DIR/keys.txt is none; expected a line that begins with AGE-SECRET-KEY-1
        plugins.toml:3: secret `hudu`: the age identities in $DIR/keys.txt can't be used: the file is not there; create it or correct the path
        plugins.toml:3: secret `hudu`: it is in the vault, and there is no age identity; set SOPS_AGE_KEY_FILE to a file made by `age-keygen`
        plugins.toml:3: secret `hudu`: it is in the vault, and there is no age identity; set SOPS_AGE_KEY_FILE to a file made by `age-keygen`
        ");
}

#[test]
fn nothing_prints_a_value() {
    let world = World::new();
    world.file("a", VALUE);
    let (secrets, _) = world.load("file = 'a'");
    let value = secrets.get("hudu").unwrap();
    assert_eq!(format!("{secrets:?} {value:?} {value}"), "{\"hudu\": SecretValue(..)} SecretValue(..) (secret)");
    assert!(secrets.get("other").is_none());
    let fingerprint = value.fingerprint();
    assert!(fingerprint.len() == 8 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()), "{fingerprint}");
    assert_eq!(world.load("file = 'a'").0.get("hudu").unwrap().fingerprint(), fingerprint);
    world.file("a", "another-value");
    assert_ne!(world.load("file = 'a'").0.get("hudu").unwrap().fingerprint(), fingerprint);
    // The plain digest would let a reader of the audit try values.
    let plain: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(VALUE).into();
    assert_ne!(format!("{:02x}{:02x}{:02x}{:02x}", plain[0], plain[1], plain[2], plain[3]), fingerprint);
}

#[test]
fn every_secret_is_scrubbed_and_taught_to_scrubbers_in_use() {
    let world = World::new();
    world.file("a", VALUE);
    let (secrets, _) = world.load("file = 'a'");
    assert_eq!(secrets.scrub().text("it is hunter2-hunter2"), "it is [secret removed]");
    let in_use = Scrub::new(&["sk-ant-other".to_owned()]);
    secrets.teach(&in_use);
    assert_eq!(in_use.text("sk-ant-other hunter2-hunter2"), "[secret removed] [secret removed]");
}
