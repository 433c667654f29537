//! From our faults to WASI's error codes.

use claudetools_policy::{Code, Refusal};
use rustix::io::Errno;
use wasmtime_wasi::ResourceTableError;

use crate::bindings::wasi::filesystem::types::ErrorCode;
use crate::confine::Fault;

/// Why a file operation failed: a code for the guest, or the end of the call.
#[derive(Debug)]
pub enum FsError {
    /// The guest is told.
    Code(ErrorCode),
    /// The guest ends.
    Trap(wasmtime::Error),
}

impl From<ErrorCode> for FsError {
    fn from(code: ErrorCode) -> Self {
        Self::Code(code)
    }
}

impl From<Fault> for FsError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal) => refusal.into(),
            Fault::Os(errno) => errno.into(),
            Fault::Changed => ErrorCode::NotPermitted.into(),
        }
    }
}

impl From<Refusal> for FsError {
    fn from(refusal: Refusal) -> Self {
        Self::Code(match refusal.code {
            Code::FsOutsideRoot => ErrorCode::NotPermitted,
            Code::FsTooLarge => ErrorCode::FileTooLarge,
            Code::LimitDisk => ErrorCode::InsufficientSpace,
            Code::ProtoUtf8 => ErrorCode::IllegalByteSequence,
            _ => ErrorCode::Access,
        })
    }
}

impl From<Errno> for FsError {
    fn from(errno: Errno) -> Self {
        Self::Code(code(errno))
    }
}

impl From<std::io::Error> for FsError {
    fn from(error: std::io::Error) -> Self {
        Self::Code(Errno::from_io_error(&error).map_or(ErrorCode::Io, code))
    }
}

impl From<ResourceTableError> for FsError {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

fn code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::ACCESS => ErrorCode::Access,
        Errno::AGAIN => ErrorCode::WouldBlock,
        Errno::BADF => ErrorCode::BadDescriptor,
        Errno::BUSY => ErrorCode::Busy,
        Errno::DQUOT => ErrorCode::Quota,
        Errno::EXIST => ErrorCode::Exist,
        Errno::FBIG => ErrorCode::FileTooLarge,
        Errno::ILSEQ => ErrorCode::IllegalByteSequence,
        Errno::INTR => ErrorCode::Interrupted,
        Errno::INVAL => ErrorCode::Invalid,
        Errno::ISDIR => ErrorCode::IsDirectory,
        Errno::LOOP => ErrorCode::Loop,
        Errno::MLINK => ErrorCode::TooManyLinks,
        Errno::NAMETOOLONG => ErrorCode::NameTooLong,
        Errno::NOENT => ErrorCode::NoEntry,
        Errno::NOMEM => ErrorCode::InsufficientMemory,
        Errno::NOSPC => ErrorCode::InsufficientSpace,
        Errno::NOTDIR => ErrorCode::NotDirectory,
        Errno::NOTEMPTY => ErrorCode::NotEmpty,
        Errno::OPNOTSUPP => ErrorCode::Unsupported,
        Errno::OVERFLOW => ErrorCode::Overflow,
        Errno::PERM => ErrorCode::NotPermitted,
        Errno::PIPE => ErrorCode::Pipe,
        Errno::ROFS => ErrorCode::ReadOnly,
        Errno::SPIPE => ErrorCode::InvalidSeek,
        Errno::TXTBSY => ErrorCode::TextFileBusy,
        Errno::XDEV => ErrorCode::CrossDevice,
        _ => ErrorCode::Io,
    }
}
