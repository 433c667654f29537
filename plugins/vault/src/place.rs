//! Places: from what a model wrote to a guest path below /vault, and back.

use claudetools_kit::{Failure, path};

/// The guest path of a path of the vault. `vault:`, `/vault/` and a field behind `#` may stand there, too. Where `..` leads to is the
/// host's to say.
pub fn resolve(written: &str) -> Result<String, Failure> {
    let own = written.trim();
    let own = own.strip_prefix("vault:").unwrap_or(own);
    let own = own.split('#').next().unwrap_or_default();
    let own = own.strip_prefix("/vault").filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(own);
    path::resolve(&format!("/vault/{own}"))
}

/// A guest path as people write it in references.
pub fn shown(guest_path: &str) -> String {
    path::escape(guest_path.strip_prefix("/vault/").unwrap_or(guest_path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_path_leads_below_the_vault() {
        for written in ["a/b.yaml", "/a/b.yaml", "vault:a/b.yaml#c.d", "/vault/a/b.yaml", " a//./b.yaml "] {
            assert_eq!(resolve(written).unwrap(), "/vault/a/b.yaml", "{written}");
        }
        // The host refuses what leads out of a root.
        assert_eq!(resolve("../repo/a.yaml").unwrap(), "/vault/../repo/a.yaml");
        assert_eq!(resolve("/vaults/a.yaml").unwrap(), "/vault/vaults/a.yaml");
        assert_eq!(resolve("").unwrap(), "/vault");
    }
}
