//! One encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.

use aes_gcm::aead::consts::{U12, U16, U32};
use aes_gcm::aes::Aes256;
use aes_gcm::{AeadInPlace, AesGcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The key of a file's values.
pub(super) type DataKey = Zeroizing<[u8; 32]>;

/// What a value can have been before it was encrypted.
const TYPES: [&str; 7] = ["str", "int", "float", "bool", "bytes", "time", "comment"];

/// The value in this text, whose place in the file is `context`. `None` for anything that was not encrypted with this
/// key for this place, or was changed.
pub(super) fn open(sealed: &str, key: &DataKey, context: &str) -> Option<Zeroizing<Vec<u8>>> {
    let fields = sealed.strip_prefix("ENC[AES256_GCM,")?.strip_suffix(']')?;
    let mut fields = fields.split(',');
    let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix(':');
    let mut value = Zeroizing::new(STANDARD.decode(field("data")?).ok()?);
    let iv = STANDARD.decode(field("iv")?).ok()?;
    let tag: [u8; 16] = STANDARD.decode(field("tag")?).ok()?.try_into().ok()?;
    let known = TYPES.contains(&field("type")?) && fields.next().is_none();
    let opened = match iv.len() {
        _ if !known => None,
        32 => in_place::<AesGcm<Aes256, U32>>(&mut value, key, &iv, &tag, context),
        16 => in_place::<AesGcm<Aes256, U16>>(&mut value, key, &iv, &tag, context),
        12 => in_place::<AesGcm<Aes256, U12>>(&mut value, key, &iv, &tag, context),
        _ => None,
    };
    opened.map(|()| value)
}

/// `iv` has the length that the cipher takes.
fn in_place<C: AeadInPlace + KeyInit>(
    value: &mut [u8],
    key: &DataKey,
    iv: &[u8],
    tag: &[u8; 16],
    context: &str,
) -> Option<()> {
    let cipher = C::new_from_slice(key.as_slice()).ok()?;
    cipher.decrypt_in_place_detached(iv.into(), context.as_bytes(), value, tag.as_slice().into()).ok()
}
