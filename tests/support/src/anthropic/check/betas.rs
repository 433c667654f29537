//! Beta features: the values of `anthropic-beta`, and what each of them unlocks.

use super::Checked;
use crate::anthropic::failure::Failure;

/// The values of one request's `anthropic-beta`.
#[derive(Clone, Debug, Default)]
pub(in crate::anthropic) struct Betas(Vec<String>);

pub(super) const DISPLAY_UPDATES: &str = "thinking-display-updates-2026-08-18";
pub(super) const BINDING: &str = "thinking-binding-controls-2026-08-01";
pub(super) const MESSAGE_EFFORT: &str = "mid-conversation-output-config-2026-07-01";
pub(super) const CLEAR_AT: &str = "mid-conversation-system-clear-at-2026-08-21";
pub(super) const TASK_BUDGET: &str = "task-budgets-2026-03-13";
pub(super) const OAUTH: &str = "oauth-2025-04-20";
pub(super) const COMPACT: &str = "compact-2026-09-04";
const COMPACT_AT: &str = "compact-2026-01-12";
const CONTEXT: &str = "context-management-2025-06-27";
const FALLBACK: &str = "server-side-fallback-2026-07-01";
const DIAGNOSIS: &str = "cache-diagnosis-2026-04-07";
const MCP: &str = "mcp-client-2025-11-20";
const MCP_LISTING: &str = "mcp-client-2026-09-15";
const FAST: &str = "fast-mode-2026-02-01";
const PROFILES: &str = "user-profiles-2026-09-04";

/// Every value that is understood, those that became part of the API included.
const KNOWN: &[&str] = &[
    DISPLAY_UPDATES,
    BINDING,
    MESSAGE_EFFORT,
    CLEAR_AT,
    TASK_BUDGET,
    OAUTH,
    COMPACT,
    COMPACT_AT,
    CONTEXT,
    FALLBACK,
    DIAGNOSIS,
    MCP,
    MCP_LISTING,
    FAST,
    PROFILES,
    "inline-tools-2026-09-15",
    "mid-conversation-tool-changes-2026-07-01",
    "fallback-credit-2026-07-01",
    "advisor-tool-2026-03-01",
    "thinking-token-count-2026-05-13",
    "interleaved-thinking-2025-05-14",
    "prompt-caching-2024-07-31",
    "extended-cache-ttl-2025-04-11",
    "fine-grained-tool-streaming-2025-05-14",
    "effort-2025-11-24",
    "context-1m-2025-08-07",
    "structured-outputs-2025-11-13",
    "files-api-2025-04-14",
    "token-counting-2024-11-01",
    "pdfs-2024-09-25",
];

/// Top-level fields, with the betas of which one must be named to use them.
const FIELDS: &[(&str, &[&str])] = &[
    ("context_management", &[CONTEXT, COMPACT_AT]),
    ("compaction", &[COMPACT]),
    ("mcp_servers", &[MCP, MCP_LISTING]),
    ("fallbacks", &[FALLBACK]),
    ("diagnostics", &[DIAGNOSIS]),
    ("speed", &[FAST]),
    ("user_profile_id", &[PROFILES]),
];

impl Betas {
    /// The values of a header; unknown ones are refused.
    pub fn parse(header: Option<&str>) -> Result<Self, Failure> {
        let named = header.unwrap_or_default().split(',').map(str::trim);
        let named: Vec<String> = named.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        match named.iter().find(|name| !KNOWN.contains(&name.as_str())) {
            Some(name) => Err(Failure::invalid(format!("Unsupported beta header: `{name}`"))),
            None => Ok(Self(named)),
        }
    }

    pub fn has(&self, beta: &str) -> bool {
        self.0.iter().any(|name| name == beta)
    }

    /// Refuses a top-level field whose beta is not named.
    pub fn unlock(&self, field: &str) -> Checked {
        let needed = FIELDS.iter().find(|(name, _)| *name == field);
        match needed {
            Some((_, any)) if !any.iter().any(|beta| self.has(beta)) => Err(super::extra(field)),
            _ => Ok(()),
        }
    }
}
