//! Ids of requests and runs, made of the call's id: the same call gives the same ids, so that records fit together.

use sha2::{Digest, Sha256};

/// A UUID-shaped id of some parts.
pub fn of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let hex = hex::encode(&hash.finalize()[..16]);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts_do_not_run_together() {
        assert_eq!(super::of(&["a", "b"]).len(), 36);
        assert_ne!(super::of(&["a", "b"]), super::of(&["ab"]));
        assert_eq!(super::of(&["a", "b"]), super::of(&["a", "b"]));
    }
}
