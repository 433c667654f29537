//! Makes encrypted files, by the description of the format and with nothing of the code under test.

use aes_gcm::aead::consts::{U12, U16, U32};
use aes_gcm::aes::Aes256;
use aes_gcm::{AeadInPlace, AesGcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha512};

pub const RECIPIENT: &str = "age1se5ghfycr4n8kcwc3qwf234ymvmr2lex2a99wh8gpfx97glwt9hqch4569";
pub const WHEN: &str = "2026-01-02T03:04:05Z";

/// One file while it is written: values are sealed in the order of the file.
pub struct Sealer {
    pub key: [u8; 32],
    mac: Sha512,
    only_encrypted: bool,
    /// The length of the IVs; each is filled with the number of its value.
    pub iv: usize,
    count: u8,
}

impl Sealer {
    pub fn new() -> Self {
        Self { key: [7; 32], mac: Sha512::new(), only_encrypted: false, iv: 32, count: 0 }
    }

    pub fn only_encrypted() -> Self {
        // What such a MAC begins with is the SHA-256 of `sops`.
        Self { mac: Sha512::new_with_prefix(Sha256::digest("sops")), only_encrypted: true, ..Self::new() }
    }

    /// A value encrypted for its place in the file.
    pub fn seal(&mut self, place: &str, kind: &str, value: &str) -> String {
        self.mac.update(value);
        self.sealed(place, kind, value)
    }

    /// A value that stays in the clear, as the MAC takes it.
    pub fn clear(&mut self, value: &str) {
        if !self.only_encrypted {
            self.mac.update(value);
        }
    }

    fn sealed(&mut self, place: &str, kind: &str, value: &str) -> String {
        self.count += 1;
        let iv = vec![self.count; self.iv];
        let mut data = value.as_bytes().to_vec();
        let tag = match self.iv {
            12 => encrypt::<AesGcm<Aes256, U12>>(&self.key, &iv, place, &mut data),
            16 => encrypt::<AesGcm<Aes256, U16>>(&self.key, &iv, place, &mut data),
            _ => encrypt::<AesGcm<Aes256, U32>>(&self.key, &iv, place, &mut data),
        };
        let [data, iv, tag] = [data, iv, tag].map(|bytes| STANDARD.encode(bytes));
        format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]")
    }

    /// The `sops` part in the one name that dotenv and INI files give each entry; line feeds are `\n`.
    pub fn own(mut self) -> Vec<(String, String)> {
        let mac: String = std::mem::take(&mut self.mac).finalize().iter().map(|byte| format!("{byte:02X}")).collect();
        let mut own = vec![
            ("age__list_0__map_enc".to_owned(), self.wrapped().replace('\n', "\\n")),
            ("age__list_0__map_recipient".to_owned(), RECIPIENT.to_owned()),
            ("lastmodified".to_owned(), WHEN.to_owned()),
            ("mac".to_owned(), self.sealed(WHEN, "str", &mac)),
            ("version".to_owned(), "3.13.2".to_owned()),
        ];
        own.extend(self.only_encrypted.then(|| ("mac_only_encrypted".to_owned(), "true".to_owned())));
        own
    }

    /// The same as a JSON object, which is YAML too; `more` are further entries, each with its comma behind it.
    pub fn json(self, more: &str) -> String {
        let own = self.own();
        let [enc, recipient] = [&own[0].1, &own[1].1];
        let rest = own[2..].iter().map(|(name, value)| format!(", \"{name}\": \"{value}\"")).collect::<String>();
        format!("{{{more}\"age\": [{{\"recipient\": \"{recipient}\", \"enc\": \"{enc}\"}}]{rest}}}")
    }

    /// The data key, for the recipient.
    fn wrapped(&self) -> String {
        let recipient: age::x25519::Recipient = RECIPIENT.parse().unwrap();
        age::encrypt_and_armor(&recipient, &self.key).unwrap()
    }
}

fn encrypt<C: AeadInPlace + KeyInit>(key: &[u8; 32], iv: &[u8], place: &str, data: &mut [u8]) -> Vec<u8> {
    let cipher = C::new_from_slice(key).unwrap();
    cipher.encrypt_in_place_detached(iv.into(), place.as_bytes(), data).unwrap().to_vec()
}
