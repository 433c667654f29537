//! `wasi:filesystem/types`: each method finds the descriptor, asks the guard, translates the answer.

use std::sync::Arc;

use claudetools_policy::Access;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use crate::bindings::wasi::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue, NewTimestamp,
    OpenFlags, PathFlags,
};
use crate::confine::{Kind, Last};
use crate::ctx::Ctx;
use crate::guard::{Create, Opening};

use super::stream::{Reader, Where, Writer};
use super::times::{metadata_hash, timestamps};
use super::{Descriptor, FsError, Listing};

type FsResult<T> = Result<T, FsError>;

impl types::Host for Ctx {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        match error {
            FsError::Code(code) => Ok(code),
            FsError::Trap(error) => Err(error),
        }
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(self.table.get(&error)?.downcast_ref::<ErrorCode>().copied())
    }
}

fn last(flags: PathFlags) -> Last {
    if flags.contains(PathFlags::SYMLINK_FOLLOW) { Last::Follow } else { Last::Keep }
}

fn opening(open: OpenFlags, flags: DescriptorFlags) -> Opening {
    Opening {
        read: flags.contains(DescriptorFlags::READ),
        write: flags.contains(DescriptorFlags::WRITE),
        truncate: open.contains(OpenFlags::TRUNCATE),
        create: match (open.contains(OpenFlags::CREATE), open.contains(OpenFlags::EXCLUSIVE)) {
            (false, _) => Create::Never,
            (true, false) => Create::IfAbsent,
            (true, true) => Create::Always,
        },
    }
}

impl types::HostDescriptor for Ctx {
    fn open_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let (root, base) = self.directory(&fd)?;
        let how = opening(open_flags, flags);
        let guard = Arc::clone(&self.guard);
        let found = guard.find_to_open(&root, &base, &path, last(path_flags), how)?;
        let descriptor = match found.meta {
            Some(meta) if meta.kind == Kind::Directory => {
                guard.open_directory(&root, &found.path, how)?;
                Descriptor::Directory { root, path: found.path }
            }
            _ if open_flags.contains(OpenFlags::DIRECTORY) => {
                return Err(ErrorCode::NotDirectory.into());
            }
            _ => Descriptor::File(Arc::new(guard.open_file(root, &found.path, how)?)),
        };
        Ok(self.table.push(descriptor)?)
    }

    fn read_via_stream(&mut self, fd: Resource<Descriptor>, offset: u64) -> FsResult<Resource<DynInputStream>> {
        let file = self.file(&fd)?;
        let stream: DynInputStream = Box::new(Reader { file, at: offset });
        Ok(self.table.push(stream)?)
    }

    fn write_via_stream(&mut self, fd: Resource<Descriptor>, offset: u64) -> FsResult<Resource<DynOutputStream>> {
        let file = self.file(&fd)?;
        let stream: DynOutputStream = Box::new(Writer { file, at: Where::Offset(offset) });
        Ok(self.table.push(stream)?)
    }

    fn append_via_stream(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<DynOutputStream>> {
        let file = self.file(&fd)?;
        let stream: DynOutputStream = Box::new(Writer { file, at: Where::End });
        Ok(self.table.push(stream)?)
    }

    fn advise(&mut self, _fd: Resource<Descriptor>, _offset: u64, _length: u64, _advice: Advice) -> FsResult<()> {
        Ok(())
    }

    fn sync_data(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        match self.table.get(&fd)? {
            Descriptor::File(file) => Ok(file.file.sync_data()?),
            Descriptor::Directory { .. } => Ok(()),
        }
    }

    fn sync(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        self.sync_data(fd)
    }

    fn get_flags(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorFlags> {
        Ok(match self.table.get(&fd)? {
            Descriptor::Directory { .. } => DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY,
            Descriptor::File(file) => {
                let when = |open: bool, flag| if open { flag } else { DescriptorFlags::empty() };
                when(file.readable, DescriptorFlags::READ) | when(file.writable.is_some(), DescriptorFlags::WRITE)
            }
        })
    }

    fn get_type(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorType> {
        Ok(match self.table.get(&fd)? {
            Descriptor::Directory { .. } => DescriptorType::Directory,
            Descriptor::File(_) => DescriptorType::RegularFile,
        })
    }

    fn set_size(&mut self, fd: Resource<Descriptor>, size: u64) -> FsResult<()> {
        self.file(&fd)?.set_size(size)
    }

    fn set_times(
        &mut self,
        fd: Resource<Descriptor>,
        access: NewTimestamp,
        modification: NewTimestamp,
    ) -> FsResult<()> {
        let times = timestamps(access, modification)?;
        let file = self.file(&fd)?;
        self.guard.allow(&file.root, &file.path, Access::Modify, file.meta.links(), None)?;
        Ok(rustix::fs::futimens(&file.file, &times)?)
    }

    fn read(&mut self, fd: Resource<Descriptor>, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        let bytes = self.file(&fd)?.read_at(usize::try_from(length).unwrap_or(usize::MAX), offset)?;
        let end = bytes.is_empty() && length > 0;
        Ok((bytes, end))
    }

    fn write(&mut self, fd: Resource<Descriptor>, bytes: Vec<u8>, offset: u64) -> FsResult<u64> {
        self.file(&fd)?.write_at(&bytes, offset)?;
        Ok(bytes.len() as u64)
    }

    fn read_directory(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<Listing>> {
        let (root, path) = self.directory(&fd)?;
        self.guard.allow(&root, &path, Access::List, 1, None)?;
        let entries = self.guard.dir(&root)?.list(&path)?;
        Ok(self.table.push(Listing { entries, root, path })?)
    }

    fn create_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let (root, base) = self.directory(&fd)?;
        Ok(self.guard.make_directory(&root, &base, &path)?)
    }

    fn stat(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorStat> {
        if let Descriptor::File(file) = self.table.get(&fd)? {
            return Ok((&file.now()?).into());
        }
        let (root, path) = self.directory(&fd)?;
        let (_, meta) = self.guard.stat(&root, &path, ".", Last::Follow)?;
        Ok((&meta).into())
    }

    fn stat_at(&mut self, fd: Resource<Descriptor>, flags: PathFlags, path: String) -> FsResult<DescriptorStat> {
        let (root, base) = self.directory(&fd)?;
        let (_, meta) = self.guard.stat(&root, &base, &path, last(flags))?;
        Ok((&meta).into())
    }

    fn set_times_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        access: NewTimestamp,
        modification: NewTimestamp,
    ) -> FsResult<()> {
        let times = timestamps(access, modification)?;
        let (root, base) = self.directory(&fd)?;
        Ok(self.guard.set_times(&root, &base, &path, last(flags), &times)?)
    }

    fn link_at(
        &mut self,
        fd: Resource<Descriptor>,
        _flags: PathFlags,
        _old: String,
        _new_fd: Resource<Descriptor>,
        new: String,
    ) -> FsResult<()> {
        let (root, _) = self.directory(&fd)?;
        self.never(&root, &new, Access::Create, "Making a hard link")
    }

    fn symlink_at(&mut self, fd: Resource<Descriptor>, _old: String, new: String) -> FsResult<()> {
        let (root, _) = self.directory(&fd)?;
        self.never(&root, &new, Access::Create, "Making a symbolic link")
    }

    fn readlink_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<String> {
        let (root, base) = self.directory(&fd)?;
        let (path, meta) = self.guard.stat(&root, &base, &path, Last::Keep)?;
        if meta.kind != Kind::Link {
            return Err(ErrorCode::Invalid.into());
        }
        let text = self.guard.dir(&root)?.link_text(path.as_str())?;
        // An absolute target names a place of the host.
        if text.starts_with('/') { Err(ErrorCode::NotPermitted.into()) } else { Ok(text) }
    }

    fn remove_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let (root, base) = self.directory(&fd)?;
        Ok(self.guard.remove(&root, &base, &path, Kind::Directory)?)
    }

    fn unlink_file_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let (root, base) = self.directory(&fd)?;
        Ok(self.guard.remove(&root, &base, &path, Kind::File)?)
    }

    fn rename_at(
        &mut self,
        fd: Resource<Descriptor>,
        old: String,
        new_fd: Resource<Descriptor>,
        new: String,
    ) -> FsResult<()> {
        let (root, base) = self.directory(&fd)?;
        let (new_root, new_base) = self.directory(&new_fd)?;
        if root != new_root {
            return self.never(&root, &old, Access::Rename, "Moving a file from one root to another");
        }
        Ok(self.guard.rename(&root, (&base, &old), (&new_base, &new))?)
    }

    fn is_same_object(&mut self, fd: Resource<Descriptor>, other: Resource<Descriptor>) -> wasmtime::Result<bool> {
        Ok(match (self.table.get(&fd)?, self.table.get(&other)?) {
            (Descriptor::File(one), Descriptor::File(other)) => one.meta.same(&other.meta),
            (Descriptor::Directory { root, path }, Descriptor::Directory { root: other_root, path: other_path }) => {
                root == other_root && path == other_path
            }
            _ => false,
        })
    }

    fn metadata_hash(&mut self, fd: Resource<Descriptor>) -> FsResult<MetadataHashValue> {
        if let Descriptor::File(file) = self.table.get(&fd)? {
            return Ok(metadata_hash(&file.now()?));
        }
        let (root, path) = self.directory(&fd)?;
        Ok(metadata_hash(&self.guard.stat(&root, &path, ".", Last::Follow)?.1))
    }

    fn metadata_hash_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        let (root, base) = self.directory(&fd)?;
        Ok(metadata_hash(&self.guard.stat(&root, &base, &path, last(flags))?.1))
    }

    fn drop(&mut self, fd: Resource<Descriptor>) -> wasmtime::Result<()> {
        self.table.delete(fd)?;
        Ok(())
    }
}
