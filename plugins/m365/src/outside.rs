//! What a tool needs of the host beside the network. Tests have a double.

use claudetools_kit::{self as kit, Failure};

/// The host, as far as the tools use it.
pub trait Outside {
    /// Tells the person who watches: so many checks of so many are done, and what the last one saw.
    fn tell(&mut self, done: usize, of: usize, line: &str);
    /// A value that an earlier call kept for this thread.
    fn recall(&mut self, key: &str) -> Option<String>;
    /// Keeps a value for later calls of this thread. Where it can't be kept, a later call begins anew.
    fn keep(&mut self, key: &str, value: &str);
    /// Gives a file to the people of the thread.
    fn offer(&mut self, name: &str, media_type: &str, bytes: &[u8]) -> Result<(), Failure>;
    /// The bytes of the operator's database of addresses, or why there is none.
    fn addresses(&mut self) -> Result<Vec<u8>, String>;
}

/// The host itself.
pub struct Host;

/// The variable with the guest path of a MaxMind-format database.
const DATABASE: &str = "IP_DATABASE";
/// The largest database that is read: it has to fit into the plugin's memory.
const LARGEST: u64 = 64 << 20;

impl Outside for Host {
    fn tell(&mut self, done: usize, of: usize, line: &str) {
        kit::progress::steps(u32::try_from(done).unwrap_or(u32::MAX), u32::try_from(of).ok());
        kit::progress::append(&format!("{line}\n"));
    }

    fn recall(&mut self, key: &str) -> Option<String> {
        String::from_utf8(kit::state::get(key)?).ok()
    }

    fn keep(&mut self, key: &str, value: &str) {
        if let Err(refusal) = kit::state::set(key, value.as_bytes()) {
            kit::log::write(kit::log::Level::Warn, &format!("state: {}: {}", refusal.code, refusal.message));
        }
    }

    fn offer(&mut self, name: &str, media_type: &str, bytes: &[u8]) -> Result<(), Failure> {
        kit::artifact::offer(name, media_type, bytes).map_err(Failure::from)
    }

    #[expect(clippy::disallowed_methods, reason = "a plugin's environment is what its grant gives it")]
    fn addresses(&mut self) -> Result<Vec<u8>, String> {
        let none =
            || format!("no database of addresses is configured: name one in the variable {DATABASE} of the plugin");
        let written = std::env::var(DATABASE).ok().filter(|path| !path.is_empty()).ok_or_else(none)?;
        let path = kit::path::resolve(&written).map_err(|_| none())?;
        let failed = |error: std::io::Error| format!("{}: {error}", kit::path::shown(&path));
        let length = std::fs::metadata(&path).map_err(failed)?.len();
        if length > LARGEST {
            return Err(format!("{} has more than {LARGEST} bytes", kit::path::shown(&path)));
        }
        std::fs::read(&path).map_err(failed)
    }
}
