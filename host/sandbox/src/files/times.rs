//! Times and kinds, between the operating system and WASI.

use std::hash::{DefaultHasher, Hash, Hasher};

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;

use crate::bindings::wasi::filesystem::types::{
    DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue, NewTimestamp,
};
use crate::confine::{Kind, Meta};

impl From<Kind> for DescriptorType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::File => Self::RegularFile,
            Kind::Directory => Self::Directory,
            Kind::Link => Self::SymbolicLink,
            Kind::Special => Self::Unknown,
        }
    }
}

impl From<&Meta> for DescriptorStat {
    fn from(meta: &Meta) -> Self {
        let stat = &meta.stat;
        Self {
            type_: meta.kind.into(),
            link_count: meta.links(),
            size: meta.size(),
            data_access_timestamp: datetime(stat.st_atime, stat.st_atime_nsec),
            data_modification_timestamp: datetime(stat.st_mtime, stat.st_mtime_nsec),
            status_change_timestamp: datetime(stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

/// `None` for times before 1970, which WASI cannot say.
fn datetime(seconds: i64, nanoseconds: impl TryInto<u32>) -> Option<Datetime> {
    Some(Datetime { seconds: seconds.try_into().ok()?, nanoseconds: nanoseconds.try_into().ok()? })
}

/// WASI's new times as the operating system takes them.
pub(super) fn timestamps(access: NewTimestamp, modification: NewTimestamp) -> Result<Timestamps, ErrorCode> {
    Ok(Timestamps { last_access: timespec(access)?, last_modification: timespec(modification)? })
}

fn timespec(time: NewTimestamp) -> Result<Timespec, ErrorCode> {
    let special = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    Ok(match time {
        NewTimestamp::NoChange => special(UTIME_OMIT),
        NewTimestamp::Now => special(UTIME_NOW),
        NewTimestamp::Timestamp(time) if time.nanoseconds < 1_000_000_000 => Timespec {
            tv_sec: time.seconds.try_into().map_err(|_| ErrorCode::Overflow)?,
            tv_nsec: time.nanoseconds.into(),
        },
        NewTimestamp::Timestamp(_) => return Err(ErrorCode::Invalid),
    })
}

/// A number that changes when the file does. wasi-libc makes an inode number of it.
pub(super) fn metadata_hash(meta: &Meta) -> MetadataHashValue {
    let stat = &meta.stat;
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, stat.st_dev, stat.st_ino, stat.st_mtime, stat.st_mtime_nsec, stat.st_size).hash(&mut hasher);
        hasher.finish()
    };
    MetadataHashValue { lower: half(0), upper: half(1) }
}
