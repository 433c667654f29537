//! Every request that a plugin makes over the network passes through one function here.
//!
//! What may be asked for is decided by `claudetools-policy`; this crate holds everybody to it: it connects to the
//! addresses that were decided on and to nothing else, puts secrets into requests after every check, counts what
//! passes, and takes secrets out of what comes back. There is no other way from a guest to a socket. Not here: wasmtime,
//! and where secrets come from.
//!
//! - [`Egress`]: the way out, and [`Egress::send`], its one function.
//! - [`Request`] and [`Sender`]: what a guest asks for, and for whom it is sent.
//! - [`Proxy`]: the way out of a jail's native programs; [`Egress::serve`] serves it.
//! - [`Answer`]: the body of an answer, as it comes.
//! - [`Failure`] and [`Trouble`]: all that a guest learns when there is none.
//! - [`Overseer`]: who hears of every decision and answers for the people; [`Note`]: what it hears; [`Wish`]: what a person
//!   is asked about, whole.
//! - [`Made`]: a password that was made for a request after a person's yes.
//! - [`Resolve`]: who is asked for addresses; [`System`] asks the operating system.
//!
//! Start reading at [`Egress::send`], then `journey`; `token` is where secrets come from that a server gives.

#![forbid(unsafe_code)]

mod answer;
mod connect;
mod egress;
mod failure;
mod header;
mod journey;
mod made;
mod note;
mod proxy;
mod redirect;
mod request;
mod resolve;
mod secret;
mod tls;
mod token;
mod upload;
mod variables;

pub use answer::Answer;
pub use egress::Egress;
pub use failure::{Failure, Trouble};
pub use made::{Made, MadeFor};
pub use note::{Asked, Note, Overseer, SecretRef, Subject, Traffic, Wish};
pub use proxy::Proxy;
pub use request::{Patience, Request, Sender};
pub use resolve::{Resolve, System};
pub use tls::TlsError;
pub use upload::BodyError;
pub use variables::Variables;
