//! The highest process number of a jail's namespace: the one limit of processes that holds root, too.

/// The kernel gives numbers below 300 only once, and counts threads, too.
const GIVEN_ONCE: u64 = 301;

/// The kernel that has a highest process number for each namespace. On an older one the same file holds that of the whole
/// machine, which root in a jail could still write.
const BY_NAMESPACE: (u32, u32) = (6, 14);

/// What is written to hold a namespace to this many tasks; nothing where the kernel can't.
pub(super) fn most(tasks: u64) -> Option<Vec<u8>> {
    let release = rustix::system::uname();
    let release = version(release.release().to_str().ok()?)?;
    (release >= BY_NAMESPACE).then(|| (GIVEN_ONCE + tasks).to_string().into_bytes())
}

/// The two numbers that a kernel's release begins with.
fn version(release: &str) -> Option<(u32, u32)> {
    let (major, rest) = release.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_kernel_that_can_not_be_told_is_an_old_one() {
        for (release, known) in [
            ("6.14.0-29-generic", Some((6, 14))),
            ("6.14", Some((6, 14))),
            ("6.9.12+", Some((6, 9))),
            ("10.0-rc1", Some((10, 0))),
            ("6", None),
            ("6.x", None),
            ("", None),
        ] {
            assert_eq!(version(release), known, "{release}");
        }
    }
}
