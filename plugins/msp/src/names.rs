//! Names that parameters have for the same thing in many APIs.

/// Words to search for.
pub const SEARCH: &[&str] = &["q", "query", "search", "text", "keyword", "search_term"];
/// The order of rows.
pub const SORT: &[&str] = &["sort", "ordering", "order_by", "orderBy", "sort_by", "order"];
/// The number of a page.
pub const PAGE: &[&str] = &["page", "page_no", "pageNumber", "page_number"];
/// How many rows were before.
pub const OFFSET: &[&str] = &["offset", "skip"];
/// How many rows come at once.
pub const SIZE: &[&str] = &["per_page", "page_size", "pageSize", "limit", "size", "take", "count"];
/// The earliest date.
pub const AFTER: &[&str] = &[
    "since",
    "created_after",
    "created_since",
    "created_at_gt",
    "created__gte",
    "created_at__gte",
    "start_date",
    "startdate",
    "date_from",
    "from_date",
    "from",
    "start",
    "after",
    "updated_after",
    "updated_since",
    "since_updated_at",
    "last_updated__gte",
];
/// The latest date.
pub const BEFORE: &[&str] = &[
    "until",
    "created_before",
    "created_at_lt",
    "created__lte",
    "created_at__lte",
    "end_date",
    "enddate",
    "date_to",
    "to_date",
    "to",
    "end",
    "before",
    "updated_before",
    "last_updated__lte",
];
/// How a parameter ends that is about the earliest date of the field that it begins with.
pub const AFTER_ENDS: &[&str] = &["__gte", "_gte", "_after", "_from", "_since", "_gt"];
/// How one ends that is about the latest.
pub const BEFORE_ENDS: &[&str] = &["__lte", "_lte", "_before", "_to", "_until", "_lt"];
/// What only the preset sets.
const FIXED: &[&str] = &["pageinate", "api_key"];

/// Whether a parameter is none to filter by, because it says how rows come.
pub fn is_reserved(name: &str) -> bool {
    [SEARCH, SORT, PAGE, OFFSET, SIZE, FIXED]
        .iter()
        .any(|names| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
}
