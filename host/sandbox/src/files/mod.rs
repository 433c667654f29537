//! `wasi:filesystem`, on top of [`crate::guard::Guard`].
//!
//! Not `wasmtime-wasi`'s: there a preopen is all or nothing, and here every operation is decided on the
//! resolved path. Its calls do not wait, and they run on a thread made for the guest, so they are plain
//! system calls on that thread.

mod codes;
mod descriptor;
mod listing;
mod lookup;
mod open;
mod preopens;
mod stream;
mod times;

pub use codes::FsError;
pub use listing::Listing;
pub use open::{Descriptor, OpenFile};
