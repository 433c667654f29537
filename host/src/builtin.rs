//! The plugins that are part of the binary. Their approval is the binary itself; their grants come from
//! `plugins.toml` like everybody's.

/// Name and bytes of each built-in plugin.
pub const BUILT_IN: [(&str, &[u8]); 5] = [
    ("files", include_bytes!(env!("PLUGIN_FILES"))),
    ("scripts", include_bytes!(env!("PLUGIN_SCRIPTS"))),
    ("search", include_bytes!(env!("PLUGIN_SEARCH"))),
    ("shell", include_bytes!(env!("PLUGIN_SHELL"))),
    ("skills", include_bytes!(env!("PLUGIN_SKILLS"))),
];

/// The policy that holds where no `plugins.toml` exists: the one in this repository.
pub const DEFAULT_POLICY: &str = include_str!("../../plugins.toml");
