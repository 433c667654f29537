//! Egress: one concrete request of a plugin, and the decision on it.
//!
//! A request is parsed once into a [`Target`]; everything that follows (the decision, the connection, the `Host`
//! header, the server name of TLS) is made from that and from nothing else. Addresses are decided on after the
//! name was resolved, all of them, with [`decide_address`].

mod address;
mod batch;
mod body;
mod content;
mod decide;
mod encoding;
mod header;
mod host;
mod network;
mod target;

use std::collections::{BTreeMap, BTreeSet};

use crate::TokenSource;

pub use address::decide_address;
pub use batch::Inner;
pub use body::Body;
pub use content::looks_at_body;
pub use decide::{NetEffect, decide_net, may_use_secret};
pub use header::{decide_header, decide_json};
pub use host::{Host, HostPattern};
pub use network::Network;
pub use target::{Scheme, Target};

pub(crate) use address::is_public;
pub(crate) use body::is_pointer;
pub(crate) use decide::{Lack, try_grant};
pub(crate) use header::{is_grantable, takes_a_secret};
pub(crate) use target::METHODS;

/// A `net` grant.
#[derive(Clone, Debug)]
pub struct NetGrant {
    /// What may be asked for; one of them must fit whole. Empty: nothing.
    pub allow: Vec<NetRule>,
    /// Request headers that the guest may set besides the harmless ones, in lower case.
    pub headers: BTreeSet<String>,
    /// The secret that the host adds after every check.
    pub secret: Option<SecretUse>,
    /// Which addresses a name may have.
    pub reach: Reach,
    /// Where in a JSON body the host puts a password that it makes after the yes: pointers. The guest writes
    /// [`NetGrant::MADE`] there, and cannot write anything else.
    pub fill: BTreeSet<String>,
    /// How many redirects are followed, each decided on again: 0 to 3. Default 0: the answer is handed back.
    pub redirects: u8,
    /// The most bytes of the body of a request. Default 1 MiB.
    pub up: u64,
    /// The most bytes of the body of a response, decompressed or not. Default 8 MiB.
    pub down: u64,
}

/// One line of `allow`: every field must fit.
#[derive(Clone, Debug)]
pub struct NetRule {
    /// Default `https`.
    pub scheme: Scheme,
    /// Which hosts.
    pub host: HostPattern,
    /// Default: that of the scheme.
    pub port: u16,
    /// In upper case; never empty.
    pub methods: BTreeSet<String>,
    /// Segments as written, matched one by one: `*` is one whole segment, `**` (last only) any number of them, none
    /// included, `{tenant}` the tenant of the call's client.
    pub path: Vec<String>,
    /// Query names that may be used; no other may.
    pub query: BTreeSet<String>,
    /// What a JSON body has to hold, by pointers: one of these texts, exactly. There are no patterns: what a name does is said
    /// by all of it, and whatever a server learns to do later begins like something that it does today.
    pub json: BTreeMap<String, BTreeSet<String>>,
    /// Whether its body is a batch of requests, each of which has to be given by another rule of the same grant.
    pub batch: bool,
    /// Whether the operator says that what it gives changes nothing, whatever its method.
    pub reads: bool,
}

/// Which addresses a name may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Addresses of the public Internet only.
    Public,
    /// Addresses of these networks only: an on-premises service, named by the operator.
    Networks(Vec<Network>),
}

/// A secret that the host puts into a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUse {
    /// Its name under `[secrets]`.
    pub name: String,
    /// Where it goes.
    pub place: SecretPlace,
    /// Where it may go at all: the audience of `[secrets.<name>]`, copied when the file was read.
    pub audience: Vec<Audience>,
    /// How a server gives it, where one does; copied, too.
    pub token: Option<Box<TokenSource>>,
}

/// Where in a request a secret goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// The value of this header.
    Header(String),
    /// `Authorization: Bearer …`.
    Bearer,
    /// `Authorization: Basic …` with this user's name.
    Basic(String),
    /// The value of this query name; servers log it, so the review shows it.
    Query(String),
}

/// A service that may be given a secret. Always by its exact name, and over TLS unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// Default `https`.
    pub scheme: Scheme,
    /// Exact.
    pub host: HostPattern,
    /// Default: that of the scheme.
    pub port: u16,
}
