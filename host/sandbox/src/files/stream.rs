//! A file's bytes as `wasi:io` streams.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::FsError;
use super::open::{MAX_CHUNK, OpenFile};

/// Reads a file from an offset on.
pub(super) struct Reader {
    pub(super) file: Arc<OpenFile>,
    pub(super) at: u64,
}

/// Writes a file from an offset on, or at its end.
pub(super) struct Writer {
    pub(super) file: Arc<OpenFile>,
    pub(super) at: Where,
}

/// Where a [`Writer`] writes next.
pub(super) enum Where {
    /// Here; moves on with each write.
    Offset(u64),
    /// At the end, wherever that is.
    End,
}

// Files are always ready: a read or write of at most 64 KiB of a regular file is made at once.
#[async_trait]
impl Pollable for Reader {
    async fn ready(&mut self) {}
}

#[async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {}
}

impl InputStream for Reader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        let bytes = self.file.read_at(size, self.at).map_err(failed)?;
        self.at += bytes.len() as u64;
        if bytes.is_empty() { Err(StreamError::Closed) } else { Ok(bytes.into()) }
    }
}

impl OutputStream for Writer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        match &mut self.at {
            Where::End => {
                let end = self.file.end().map_err(failed)?;
                self.file.write_at(&bytes, end).map_err(failed)
            }
            Where::Offset(at) => {
                self.file.write_at(&bytes, *at).map_err(failed)?;
                *at += bytes.len() as u64;
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_CHUNK)
    }
}

/// The code travels in the stream's error; `filesystem-error-code` finds it there.
fn failed(error: FsError) -> StreamError {
    match error {
        FsError::Code(code) => StreamError::LastOperationFailed(code.into()),
        FsError::Trap(error) => StreamError::Trap(error),
    }
}
