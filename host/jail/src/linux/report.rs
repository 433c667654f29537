//! What the jail's first process tells the supervisor, through a pipe.

use rustix::io::Errno;

use crate::layer::Layer;

/// The size of a message, which is written and read whole: pipes don't split so little.
pub(super) const SIZE: usize = 8;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// A layer could not be built; nothing was run.
    Layer(Layer, Fault),
    /// The program could not be started in the jail that stands.
    Start(Fault),
    /// The program runs.
    Started,
    /// The program ended with this status of `wait`.
    Ended(i32),
}

/// Where in the plan something failed, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The number of the plan's [step](super::plan::Step), or [`NOWHERE`].
    pub(super) step: u16,
    pub(super) errno: i32,
}

/// The step of a fault that is about the working directory.
pub(super) const DIRECTORY: u16 = u16::MAX - 1;
/// The step of a fault that is none of the plan's.
pub(super) const NOWHERE: u16 = u16::MAX;

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        Self { step: NOWHERE, errno: errno.raw_os_error() }
    }
}

impl Report {
    pub(super) fn bytes(self) -> [u8; SIZE] {
        let (kind, layer, step, value) = match self {
            Self::Layer(layer, fault) => (0, index(layer), fault.step, fault.errno),
            Self::Start(fault) => (1, 0, fault.step, fault.errno),
            Self::Started => (2, 0, 0, 0),
            Self::Ended(status) => (3, 0, 0, status),
        };
        let ([s, t], [a, b, c, d]) = (step.to_le_bytes(), value.to_le_bytes());
        [kind, layer, s, t, a, b, c, d]
    }

    pub(super) fn parse([kind, layer, s, t, a, b, c, d]: [u8; SIZE]) -> Option<Self> {
        let value = i32::from_le_bytes([a, b, c, d]);
        let fault = Fault { step: u16::from_le_bytes([s, t]), errno: value };
        match kind {
            0 => Layer::ALL.get(usize::from(layer)).map(|layer| Self::Layer(*layer, fault)),
            1 => Some(Self::Start(fault)),
            2 => Some(Self::Started),
            3 => Some(Self::Ended(value)),
            _ => None,
        }
    }
}

fn index(layer: Layer) -> u8 {
    let found = Layer::ALL.iter().position(|one| *one == layer);
    found.and_then(|index| u8::try_from(index).ok()).unwrap_or(u8::MAX)
}
