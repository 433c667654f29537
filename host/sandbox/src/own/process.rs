//! `process`: native programs, decided on and jailed.

use tokio::sync::mpsc;
use wasmtime::component::Resource;

use crate::bindings::claudetools::plugin::{process, types};
use crate::ctx::Ctx;
use crate::native::{Moment, Native};

/// A program that a guest started.
#[derive(Debug)]
pub struct Child {
    native: Native,
    moments: mpsc::Receiver<Moment>,
    end: Option<process::Event>,
}

impl process::Host for Ctx {}

impl process::HostChild for Ctx {
    async fn start(&mut self, command: process::Command) -> wasmtime::Result<Result<Resource<Child>, types::Refusal>> {
        let process::Command { program, args, directory, input } = command;
        match self.guard.start(self.egress.way_out(), program, args, &directory, input).await {
            Ok((native, moments)) => Ok(Ok(self.table.push(Child { native, moments, end: None })?)),
            Err(refusal) => Ok(Err(refusal.into())),
        }
    }

    async fn next(&mut self, child: Resource<Child>) -> wasmtime::Result<process::Event> {
        let child = self.table.get_mut(&child)?;
        if let Some(end) = &child.end {
            return Ok(end.clone());
        }
        let event = match child.moments.recv().await {
            Some(Moment::Out(bytes)) => return Ok(process::Event::Stdout(bytes)),
            Some(Moment::Err(bytes)) => return Ok(process::Event::Stderr(bytes)),
            Some(Moment::Exited(status)) => process::Event::Exited(status),
            Some(Moment::Stopped(refusal)) => {
                process::Event::Stopped(self.guard.refuse(child.native.subject(), refusal).into())
            }
            None => process::Event::Stopped(child.native.lost().into()),
        };
        child.end = Some(event.clone());
        Ok(event)
    }

    fn drop(&mut self, child: Resource<Child>) -> wasmtime::Result<()> {
        self.table.delete(child)?;
        Ok(())
    }
}
