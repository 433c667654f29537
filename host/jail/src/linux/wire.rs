//! The jail's own network: a loopback that is up, and a listener on it for the caller.

use std::mem::{size_of, zeroed};
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use rustix::io::Errno;

use super::sys::Result;

/// How many connections may wait for the proxy.
const WAITING: libc::c_int = 128;

fn done(result: libc::c_int) -> Result<libc::c_int> {
    if result < 0 { Err(last()) } else { Ok(result) }
}

fn last() -> Errno {
    Errno::from_raw_os_error(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
}

/// Brings the loopback up and listens on a port of it.
#[expect(unsafe_code, reason = "system calls between clone and exec, on structures of libc")]
pub(super) fn listen(port: u16) -> Result<OwnedFd> {
    // SAFETY: every structure is initialised, lives through its call, and is passed with its own size. Nothing
    // allocates or locks.
    unsafe {
        let socket = done(libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0))?;
        let socket = OwnedFd::from_raw_fd(socket);
        let mut request: libc::ifreq = zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        done(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw const request))?;
        let mut address: libc::sockaddr_in = zeroed();
        address.sin_family = libc::AF_INET as libc::sa_family_t;
        address.sin_port = port.to_be();
        address.sin_addr.s_addr = u32::from_ne_bytes([127, 0, 0, 1]);
        let size = size_of::<libc::sockaddr_in>() as libc::socklen_t;
        done(libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size))?;
        done(libc::listen(socket.as_raw_fd(), WAITING))?;
        Ok(socket)
    }
}

/// Room for one descriptor in a control message, aligned as one.
#[repr(C, align(8))]
struct Control([u8; 64]);

/// The message that carries a descriptor: one byte and the control data.
#[expect(unsafe_code, reason = "a structure of libc")]
fn message(part: &mut libc::iovec, control: &mut Control) -> libc::msghdr {
    // SAFETY: zero is a valid value of every field.
    let mut message: libc::msghdr = unsafe { zeroed() };
    message.msg_iov = part;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = control.0.len() as _;
    message
}

/// Sends a descriptor through a socket.
#[expect(unsafe_code, reason = "system calls between clone and exec, on structures of libc")]
pub(super) fn send(through: BorrowedFd<'_>, descriptor: RawFd) -> Result<()> {
    let (mut byte, mut control) = ([0_u8], Control([0; 64]));
    let mut part = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
    let mut message = message(&mut part, &mut control);
    // SAFETY: the control data has room for a header and one descriptor; all of it lives through the call.
    unsafe {
        message.msg_controllen = libc::CMSG_SPACE(size_of::<RawFd>() as u32) as _;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(size_of::<RawFd>() as u32) as _;
        libc::CMSG_DATA(header).cast::<RawFd>().write_unaligned(descriptor);
        let sent = libc::sendmsg(through.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL);
        if sent < 0 { Err(last()) } else { Ok(()) }
    }
}

/// Takes the listener that the jail sent.
#[expect(unsafe_code, reason = "system calls on structures of libc")]
pub(super) fn receive(from: BorrowedFd<'_>) -> Result<TcpListener> {
    let (mut byte, mut control) = ([0_u8], Control([0; 64]));
    let mut part = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
    let mut message = message(&mut part, &mut control);
    // SAFETY: all buffers live through the call and are as long as they say. The header is read only where
    // the kernel says there is one, and the descriptor in it is new and ours.
    unsafe {
        if libc::recvmsg(from.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC) < 0 {
            return Err(last());
        }
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        if header.is_null() || (*header).cmsg_type != libc::SCM_RIGHTS {
            return Err(Errno::PROTO);
        }
        let descriptor = libc::CMSG_DATA(header).cast::<RawFd>().read_unaligned();
        Ok(TcpListener::from(OwnedFd::from_raw_fd(descriptor)))
    }
}
