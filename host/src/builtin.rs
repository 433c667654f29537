//! The plugins that are part of the binary. Their approval is the binary itself; their grants come from
//! `plugins.toml` like everybody's.

/// Name and bytes of each built-in plugin.
pub const BUILT_IN: [(&str, &[u8]); 9] = [
    ("files", include_bytes!(env!("PLUGIN_FILES"))),
    ("m365", include_bytes!(env!("PLUGIN_M365"))),
    ("m365-remediate", include_bytes!(env!("PLUGIN_M365_REMEDIATE"))),
    ("msp", include_bytes!(env!("PLUGIN_MSP"))),
    ("scripts", include_bytes!(env!("PLUGIN_SCRIPTS"))),
    ("search", include_bytes!(env!("PLUGIN_SEARCH"))),
    ("shell", include_bytes!(env!("PLUGIN_SHELL"))),
    ("skills", include_bytes!(env!("PLUGIN_SKILLS"))),
    ("vault", include_bytes!(env!("PLUGIN_VAULT"))),
];

/// The policy that holds where no `plugins.toml` exists: the one in this repository.
pub const DEFAULT_POLICY: &str = include_str!("../../plugins.toml");
