//! The options of a query.

use super::filter::{self, Expression};
use super::{Answer, Request};
use crate::microsoft::csdl;
use crate::microsoft::state::State;

/// The largest page of most collections.
const MOST: usize = 999;
/// And how many come unasked.
const USUAL: usize = 100;
/// Collections of the directory, where some questions need `ConsistencyLevel: eventual`.
const DIRECTORY: &[&str] = &["user", "device", "servicePrincipal", "application", "directoryRole"];
/// Collections with pages of their own: the type, how many come unasked, and the most.
const PAGES: &[(&str, usize, usize)] = &[
    ("signIn", 1000, 1000),
    ("directoryAudit", 1000, 1000),
    ("exchangeMessageTrace", 1000, 5000),
    ("auditLogRecord", 150, 1000),
    ("message", 10, 1000),
];

/// What a query says.
pub(super) struct Options {
    /// Empty: what comes unasked.
    pub select: Vec<String>,
    pub filter: Option<Expression>,
    /// A property, and whether it falls.
    pub order: Option<(String, bool)>,
    pub expand: Vec<String>,
    pub count: bool,
    pub size: usize,
    pub token: Option<String>,
}

impl Options {
    pub(super) fn read(state: &mut State, request: &Request<'_>) -> Result<Self, Answer> {
        parse(request).map_err(|why| super::misunderstood(state, request, &why))
    }
}

fn parse(request: &Request<'_>) -> Result<Options, String> {
    let of = request.route.of();
    let (_, usual, most) = PAGES.iter().find(|(kind, ..)| *kind == of).copied().unwrap_or((of, USUAL, MOST));
    let mut options = Options {
        select: Vec::new(),
        filter: None,
        order: None,
        expand: Vec::new(),
        count: false,
        size: usual,
        token: None,
    };
    for (name, value) in &request.call.query {
        match name.as_str() {
            "$select" => options.select = value.split(',').map(|name| name.trim().to_owned()).collect(),
            "$filter" => options.filter = Some(filter::parse(value)?),
            "$orderby" => options.order = Some(order(value)?),
            "$expand" => options.expand = value.split(',').map(str::to_owned).collect(),
            "$count" => options.count = value == "true",
            "$top" => options.size = size(value, most)?,
            "$skiptoken" => options.token = Some(value.clone()),
            _ => return Err(format!("the query option `{name}` is not known")),
        }
    }
    known(&options, of)?;
    advanced(&options, request)?;
    Ok(options)
}

fn order(value: &str) -> Result<(String, bool), String> {
    match value.split_whitespace().collect::<Vec<_>>().as_slice() {
        [name] | [name, "asc"] => Ok(((*name).to_owned(), false)),
        [name, "desc"] => Ok(((*name).to_owned(), true)),
        _ => Err(format!("`$orderby={value}` is not understood")),
    }
}

fn size(value: &str, most: usize) -> Result<usize, String> {
    let size = value.parse().ok().filter(|size| (1..=most).contains(size));
    size.ok_or_else(|| format!("`$top={value}` is not between 1 and {most}"))
}

/// Every property that is named must be one of the type.
fn known(options: &Options, of: &str) -> Result<(), String> {
    let filtered = options.filter.iter().flat_map(Expression::properties);
    let ordered = options.order.iter().map(|(name, _)| name.as_str());
    let named = options.select.iter().map(String::as_str).chain(filtered).chain(ordered);
    for name in named {
        let first = name.split('/').next().unwrap_or(name);
        if !csdl::has(of, first) {
            return Err(format!("Could not find a property named '{first}' on type 'microsoft.graph.{of}'."));
        }
    }
    match options.expand.iter().find(|name| !["principal", "roleDefinition"].contains(&name.as_str())) {
        Some(name) => Err(format!("`$expand={name}` is not understood")),
        None => Ok(()),
    }
}

fn advanced(options: &Options, request: &Request<'_>) -> Result<(), String> {
    let needs = options.count || options.filter.as_ref().is_some_and(Expression::is_advanced);
    if !needs || !DIRECTORY.contains(&request.route.of()) || options.token.is_some() {
        return Ok(());
    }
    let eventual = request.call.header("consistencylevel").eq_ignore_ascii_case("eventual");
    match eventual && options.count {
        true => Ok(()),
        false => Err("Request_UnsupportedQuery: it needs ConsistencyLevel: eventual and $count=true".to_owned()),
    }
}
