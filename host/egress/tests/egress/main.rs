//! What a plugin may try over the network, against servers on loopback: each attack beside the nearest request that works.

#![expect(clippy::unwrap_used, reason = "tests")]

mod addresses;
mod amounts;
mod bodies;
mod headers;
mod microsoft;
mod proxy;
mod redirects;
mod secrets;
mod server;
mod targets;
mod tls;
mod tokens;
mod world;
