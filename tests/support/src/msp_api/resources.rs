//! What there is: each resource with its fields and what its list takes.

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A text that may be missing.
    Maybe,
    Number,
    Hours,
    Flag,
    Time,
    /// One of these.
    One(&'static [&'static str]),
}

/// A resource.
pub(super) struct Resource {
    /// As it stands in paths, such as `clients`.
    pub name: &'static str,
    /// As it stands in schemas, such as `Client`.
    pub schema: &'static str,
    pub fields: &'static [(&'static str, Kind)],
    /// Fields that its list can be asked for, by their names.
    pub filters: &'static [&'static str],
    /// Its list is an array; otherwise an object with `items` and `total`.
    pub bare: bool,
    /// Fields of a new one; empty: none can be made.
    pub new: &'static [&'static str],
    /// Fields that can be changed; empty: none can be.
    pub change: &'static [&'static str],
}

use Kind::{Flag, Hours, Maybe, Number, One, Text, Time};

const STATUS: Kind = One(&["new", "in_progress", "waiting", "resolved"]);
const PRIORITY: Kind = One(&["low", "normal", "high", "urgent"]);
const STATE: Kind = One(&["open", "done"]);

/// Everything. Credentials are described as the others are, and are never to be read.
pub(super) const RESOURCES: &[Resource] = &[
    Resource {
        name: "clients",
        schema: "Client",
        fields: &[
            ("id", Text),
            ("name", Text),
            ("short_name", Text),
            ("contact_name", Maybe),
            ("contact_email", Maybe),
            ("sla", Maybe),
            ("is_active", Flag),
            ("created_at", Time),
        ],
        filters: &["name", "is_active"],
        bare: false,
        new: &[],
        change: &[],
    },
    Resource {
        name: "projects",
        schema: "Project",
        fields: &[("id", Text), ("client_id", Text), ("name", Text), ("status", STATE), ("created_at", Time)],
        filters: &["client_id", "status"],
        bare: false,
        new: &[],
        change: &[],
    },
    Resource {
        name: "sessions",
        schema: "WorkSession",
        fields: &[
            ("id", Text),
            ("client_id", Text),
            ("project_id", Maybe),
            ("technician", Text),
            ("summary", Text),
            ("billable_hours", Hours),
            ("non_billable_hours", Hours),
            ("created_at", Time),
        ],
        filters: &["client_id", "project_id", "technician"],
        bare: false,
        new: &["client_id", "technician", "summary", "billable_hours", "non_billable_hours"],
        change: &["summary"],
    },
    Resource {
        name: "tasks",
        schema: "Task",
        fields: &[("id", Text), ("client_id", Text), ("title", Text), ("status", STATE), ("created_at", Time)],
        filters: &["client_id", "status"],
        bare: false,
        new: &["client_id", "title", "status"],
        change: &["status", "title"],
    },
    Resource {
        name: "machines",
        schema: "Machine",
        fields: &[
            ("id", Text),
            ("client_id", Text),
            ("hostname", Text),
            ("role", Text),
            ("ip_address", Text),
            ("os", Text),
            ("warranty_until", Maybe),
            ("local_admin_password", Maybe),
            ("agent_token", Maybe),
            ("created_at", Time),
        ],
        filters: &["client_id", "role"],
        bare: false,
        new: &[],
        change: &[],
    },
    Resource {
        name: "tickets",
        schema: "Ticket",
        fields: &[
            ("id", Text),
            ("number", Number),
            ("client_id", Text),
            ("subject", Text),
            ("status", STATUS),
            ("priority", PRIORITY),
            ("assigned_to", Maybe),
            ("created_at", Time),
        ],
        filters: &["client_id", "status", "priority", "assigned_to"],
        bare: true,
        new: &["client_id", "subject", "priority"],
        change: &["status", "priority", "assigned_to"],
    },
    Resource {
        name: "credentials",
        schema: "Credential",
        fields: &[("id", Text), ("client_id", Text), ("name", Text), ("password", Text), ("created_at", Time)],
        filters: &["client_id"],
        bare: false,
        new: &[],
        change: &[],
    },
];

/// What every list takes beside its filters.
pub(super) const LIST: &[&str] = &["skip", "limit", "q", "sort", "created_after", "created_before"];
/// The most that a list gives at once.
pub(super) const MOST: usize = 100;
/// And what it gives unasked.
pub(super) const USUAL: usize = 20;

impl Resource {
    /// Such as `client`, as operation ids have it.
    pub(super) fn one(&self) -> &'static str {
        self.name.trim_end_matches('s')
    }

    pub(super) fn field(&self, name: &str) -> Option<Kind> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, kind)| *kind)
    }
}

/// A resource by its name in a path.
pub(super) fn find(name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.name == name)
}
