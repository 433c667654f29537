//! `vault_describe`: the names of one file, and for whom it is encrypted.

use std::fs;

use claudetools_kit::{Failure, Output, path};
use serde::Deserialize;

use crate::place;
use crate::sealed::{MAX_FILE, Sealed};

/// Names that one answer shows.
const MAX_NAMES: usize = 300;
/// Characters of a name.
const MAX_NAME: usize = 200;

/// The input of `vault_describe`.
#[derive(Deserialize)]
pub struct Input {
    path: String,
}

/// Describes a file.
pub fn call(input: &Input) -> Result<Output, Failure> {
    let guest_path = place::resolve(&input.path)?;
    let metadata = fs::metadata(&guest_path).map_err(|error| Failure::io(&guest_path, &error))?;
    if metadata.len() > MAX_FILE {
        return Err(Failure::Invalid(format!(
            "{} is larger than 1 MiB, which no file of secrets is",
            place::shown(&guest_path)
        )));
    }
    let bytes = fs::read(&guest_path).map_err(|error| Failure::io(&guest_path, &error))?;
    described(&guest_path, &bytes)
}

fn described(guest_path: &str, bytes: &[u8]) -> Result<Output, Failure> {
    let own = place::shown(guest_path);
    let sealed = Sealed::read(guest_path, bytes).map_err(|why| Failure::Invalid(format!("{own} {why}")))?;
    let sealed = sealed.ok_or_else(|| {
        Failure::Invalid(format!(
            "{own} is not encrypted by SOPS, so that nothing of it is shown; encrypt it with `sops encrypt -i`"
        ))
    })?;
    let version = if sealed.version.is_empty() { String::new() } else { format!(" with SOPS {}", sealed.version) };
    let mut lines = vec![format!("{own}: encrypted{version}, changed {}", sealed.changed)];
    lines.push(format!(
        "For: {}",
        if sealed.recipients.is_empty() { "nobody that it names".to_owned() } else { sealed.recipients.join(", ") }
    ));
    lines.push(format!("Names ({}):", sealed.names.len()));
    lines.extend(sealed.names.iter().take(MAX_NAMES).map(|(name, secret)| {
        let name = path::escape(&name.chars().take(MAX_NAME).collect::<String>());
        if *secret { format!("  {name}") } else { format!("  {name} (in the clear, so no secret)") }
    }));
    if let Some((name, _)) = sealed.names.iter().find(|(_, secret)| *secret) {
        lines.push(format!("A secret is referred to as vault:{own}#{}; only the host reads it.", path::escape(name)));
    }
    let output = Output::text(lines.join("\n")).summary(format!("Described {own}"));
    Ok(if sealed.names.len() > MAX_NAMES {
        output.and_text(format!("Only the first {MAX_NAMES} names are shown.")).truncated()
    } else {
        output
    })
}

#[cfg(test)]
pub mod tests {
    use claudetools_kit::Part;
    use insta::assert_snapshot;

    use super::*;

    // As SOPS writes them, the ciphertexts cut short. What must not be shown is `hunter2` everywhere.
    pub const REGEX: &str = "a:\n  encrypted_1:\n    a: ENC[AES256_GCM,data:63NN,iv:tMGN,tag:MPku,type:str]\n    b: ENC[AES256_GCM,data:1CSH,iv:FbmtC,tag:5N,type:str]\n  not_encrypted: hunter2\nb: hunter2\nexample_array:\n- ENC[AES256_GCM,data:SpMM,iv:6i59,tag:WW75,type:str]\n- hunter2\nsops:\n  age:\n  - recipient: age1se5ghfycr4n8kcwc3qwf234ymvmr2lex2a99wh8gpfx97glwt9hqch4569\n    enc: |\n      -----BEGIN AGE ENCRYPTED FILE-----\n      YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSAvMlNwZnp6c2k1M2x0Zm5R\n      -----END AGE ENCRYPTED FILE-----\n  lastmodified: 2023-12-26T17:50:08Z\n  mac: ENC[AES256_GCM,data:DD0b,iv:3bkd,tag:h6Hs,type:str]\n  encrypted_regex: ^encrypted\n";
    pub const DOTENV: &str = "API_KEY=ENC[AES256_GCM,data:63NN,iv:tMGN,tag:MPku,type:str]\nURL_unencrypted=hunter2\nsops_age__list_0__map_enc=hunter2\nsops_age__list_0__map_recipient=age1se5\nsops_lastmodified=2024-01-02T03:04:05Z\nsops_mac=ENC[AES256_GCM,data:DD0b,iv:3bkd,tag:h6Hs,type:str]\nsops_version=3.9.0\n";
    const INI: &str = "[web]\npassword = ENC[AES256_GCM,data:63NN,iv:tMGN,tag:MPku,type:str]\n\n[sops]\npgp__list_0__map_fp = 85D77543B3D624B63CEA9E6DBC17301B491B3F21\npgp__list_0__map_enc = hunter2\nlastmodified = 2024-01-02T03:04:05Z\nmac = ENC[AES256_GCM,data:DD0b,iv:3bkd,tag:h6Hs,type:str]\n";
    const JSON: &str = r#"{"credentials":{"client_secret":"ENC[AES256_GCM,data:63NN,iv:tMGN,tag:MPku,type:str]","empty":"","none":null},"sops":{"kms":[{"arn":"arn:aws:kms:eu:1:key/2","enc":"hunter2"}],"key_groups":[{"age":[{"recipient":"age1xyz","enc":"hunter2"}]}],"lastmodified":"2024-01-02T03:04:05Z","mac":"ENC[AES256_GCM,data:DD0b,iv:3bkd,tag:h6Hs,type:str]","version":"3.13.2"}}"#;

    fn shown(path: &str, text: &str) -> String {
        match described(path, text.as_bytes()) {
            Ok(output) => output
                .parts
                .iter()
                .map(|part| if let Part::Text(text) = part { text.clone() } else { String::new() })
                .collect::<Vec<_>>()
                .join("\n"),
            Err(failure) => format!("{failure:?}"),
        }
    }

    #[test]
    fn what_can_not_be_read_is_refused_without_a_word_of_it() {
        assert_snapshot!(shown("/vault/a.yaml", "password: hunter2\n"), @r#"Failure::Invalid("a.yaml is not encrypted by SOPS, so that nothing of it is shown; encrypt it with `sops encrypt -i`")"#);
        assert_snapshot!(shown("/vault/a.yaml", "sops: { note: hunter2 }\n"), @r#"Failure::Invalid("a.yaml is not encrypted by SOPS, so that nothing of it is shown; encrypt it with `sops encrypt -i`")"#);
        assert_snapshot!(shown("/vault/a.yaml", "a: &a { password: hunter2 }\nb: *a\n"), @r#"Failure::Invalid("a.yaml has an alias in line 2; write the file with the sops program")"#);
        assert_snapshot!(shown("/vault/a.yaml", "password: hunter2\npassword: hunter2\n"), @r#"Failure::Invalid("a.yaml has a key twice in line 2; write the file with the sops program")"#);
        assert_snapshot!(shown("/vault/a.yaml", &format!("{}hunter2", "- ".repeat(200))), @r#"Failure::Invalid("a.yaml has more than 64 levels in line 1; write the file with the sops program")"#);
        assert_snapshot!(shown("/vault/a.json", &"[".repeat(100_000)), @r#"Failure::Invalid("a.json has something that is not JSON in line 1; write the file with the sops program")"#);
        assert_snapshot!(shown("/vault/a.json", "{\"a\":\"hunter2\",\"a\":1}"), @r#"Failure::Invalid("a.json has a key twice in line 1; write the file with the sops program")"#);
        assert_snapshot!(shown("/vault/a.env", "hunter2"), @r#"Failure::Invalid("a.env has no `=` in line 1; write the file with the sops program")"#);
        assert_snapshot!(shown("/vault/a.ini", "[hunter2"), @r#"Failure::Invalid("a.ini has a section without `]` in line 1; write the file with the sops program")"#);
        assert_snapshot!(format!("{:?}", described("/vault/a.yaml", &[0xff, 0xfe]).unwrap_err()), @r#"Failure::Invalid("a.yaml has text that is not UTF-8")"#);
    }

    #[test]
    fn a_file_is_described_by_its_names_in_every_format() {
        assert_snapshot!(shown("/vault/clients/acme.sops.yaml", REGEX), @r"
        clients/acme.sops.yaml: encrypted, changed 2023-12-26T17:50:08Z
        For: age age1se5ghfycr4n8kcwc3qwf234ymvmr2lex2a99wh8gpfx97glwt9hqch4569
        Names (6):
          a.encrypted_1.a
          a.encrypted_1.b
          a.not_encrypted (in the clear, so no secret)
          b (in the clear, so no secret)
          example_array.0
          example_array.1 (in the clear, so no secret)
        A secret is referred to as vault:clients/acme.sops.yaml#a.encrypted_1.a; only the host reads it.
        ");
        assert_snapshot!(shown("/vault/acme.sops.env", DOTENV), @r"
        acme.sops.env: encrypted with SOPS 3.9.0, changed 2024-01-02T03:04:05Z
        For: age age1se5
        Names (2):
          API_KEY
          URL_unencrypted (in the clear, so no secret)
        A secret is referred to as vault:acme.sops.env#API_KEY; only the host reads it.
        ");
        assert_snapshot!(shown("/vault/acme.sops.ini", INI), @r"
        acme.sops.ini: encrypted, changed 2024-01-02T03:04:05Z
        For: pgp 85D77543B3D624B63CEA9E6DBC17301B491B3F21
        Names (1):
          web.password
        A secret is referred to as vault:acme.sops.ini#web.password; only the host reads it.
        ");
        assert_snapshot!(shown("/vault/acme.sops.json", JSON), @r"
        acme.sops.json: encrypted with SOPS 3.13.2, changed 2024-01-02T03:04:05Z
        For: age age1xyz, kms arn:aws:kms:eu:1:key/2
        Names (3):
          credentials.client_secret
          credentials.empty (in the clear, so no secret)
          credentials.none (in the clear, so no secret)
        A secret is referred to as vault:acme.sops.json#credentials.client_secret; only the host reads it.
        ");
    }

    #[test]
    fn each_document_of_a_file_is_described_without_its_own_part() {
        let two = format!("{REGEX}---\nsecond: ENC[AES256_GCM,data:6,iv:t,tag:M,type:str]\nsops:\n  mac: hunter2\n");
        let shown = shown("/vault/a.yaml", &two);
        assert!(shown.contains("Names (7):") && shown.contains("\n  second\n") && !shown.contains("sops."), "{shown}");
    }

    #[test]
    fn no_value_is_ever_shown() {
        for (path, text) in [("a.yaml", REGEX), ("a.env", DOTENV), ("a.ini", INI), ("a.json", JSON)] {
            let shown = shown(&format!("/vault/{path}"), text);
            assert!(
                !shown.contains("hunter2") && !shown.contains("ENC[") && !shown.contains("AGE ENCRYPTED"),
                "{shown}"
            );
        }
    }

    #[test]
    fn names_and_facts_of_strangers_are_escaped_and_short() {
        let text = format!(
            "\"a\\u202e\\nb{}\": ENC[AES256_GCM,data:6,iv:t,tag:M,type:str]\nsops:\n  mac: x\n  lastmodified: \"{}\"\n",
            "x".repeat(500),
            "y".repeat(500)
        );
        let shown = shown("/vault/a.yaml", &text);
        assert!(shown.contains("  a\\u{202e}\\u{a}bxxx") && shown.lines().all(|line| line.len() < 700), "{shown}");
    }
}
