//! From rules for system calls to a program that the kernel runs before each.

use libc::{c_long, sock_filter};

/// What is done with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Allow,
    Errno(i32),
    /// Allowed where all tests of one of these lists hold; otherwise `EPERM`.
    Any(Vec<Vec<Test>>),
}

/// A test of half an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Test {
    /// Where in `struct seccomp_data` the 32 bits lie.
    offset: u32,
    mask: u32,
    values: Vec<u32>,
    /// Whether the value must be one of these, or none of them.
    one_of: bool,
}

impl Rule {
    pub(super) fn any(lists: Vec<Vec<Test>>) -> Self {
        Self::Any(lists)
    }

    /// This rule, where it allows; these tests otherwise.
    pub(super) fn or_when(self, lists: Vec<Vec<Test>>) -> Self {
        if self == Self::Allow { self } else { Self::Any(lists) }
    }
}

impl Test {
    /// The low half of an argument is one of these. The kernel looks at no more of an `int`.
    pub(super) fn is(argument: u32, values: &[u32]) -> Self {
        Self::masked(argument, u32::MAX, values)
    }

    /// Some bits of the low half are one of these.
    pub(super) fn masked(argument: u32, mask: u32, values: &[u32]) -> Self {
        Self { offset: ARGUMENTS + 8 * argument, mask, values: values.to_vec(), one_of: true }
    }

    /// The low half is none of these.
    pub(super) fn is_not(argument: u32, values: &[u32]) -> Self {
        Self { one_of: false, ..Self::is(argument, values) }
    }

    /// The high half is zero: with the low half, that a pointer is null.
    pub(super) fn high_is_zero(argument: u32) -> Self {
        Self { offset: ARGUMENTS + 8 * argument + 4, ..Self::is(argument, &[0]) }
    }
}

/// The offsets in `struct seccomp_data` of the call's number, the machine, and the first argument, whose low
/// half comes first on the machines there are rules for.
const NUMBER: u32 = 0;
const MACHINE: u32 = 4;
const ARGUMENTS: u32 = 16;

#[cfg(target_arch = "x86_64")]
const OURS: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const OURS: u32 = 0xc000_00b7;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("there is no list of system calls for this machine: see calls.rs");

/// Numbers from here on are those of x32 programs on `x86_64`: the same calls by other numbers.
const X32: u32 = 0x4000_0000;

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const AT_LEAST: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
const AND: u32 = libc::BPF_ALU | libc::BPF_AND | libc::BPF_K;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

fn plain(code: u32, k: u32) -> sock_filter {
    jump(code, k, 0, 0)
}

fn jump(code: u32, k: u32, jt: usize, jf: usize) -> sock_filter {
    // The lists of one call are short; a jump that would not fit must not become another one.
    let short = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
    sock_filter { code: code as u16, jt: short(jt), jf: short(jf), k }
}

fn refusal(errno: i32) -> sock_filter {
    plain(RETURN, libc::SECCOMP_RET_ERRNO | errno.cast_unsigned())
}

/// The program. Calls of other machines kill, and so do x32 calls: they would go by numbers that mean
/// something else. A call without a rule gets `ENOSYS`.
pub(super) fn assemble(rules: &[(c_long, Rule)]) -> Vec<sock_filter> {
    let kill = plain(RETURN, libc::SECCOMP_RET_KILL_PROCESS);
    let mut program = vec![plain(LOAD, MACHINE), jump(EQUAL, OURS, 1, 0), kill];
    program.extend([plain(LOAD, NUMBER), jump(AT_LEAST, X32, 0, 1), kill]);
    for (number, rule) in rules {
        let body = body(rule);
        program.push(jump(EQUAL, u32::try_from(*number).unwrap_or(u32::MAX), 0, body.len()));
        program.extend(body);
    }
    program.push(refusal(libc::ENOSYS));
    program
}

/// What is done with one call; every way through it ends with an answer.
fn body(rule: &Rule) -> Vec<sock_filter> {
    match rule {
        Rule::Allow => vec![plain(RETURN, libc::SECCOMP_RET_ALLOW)],
        Rule::Errno(errno) => vec![refusal(*errno)],
        Rule::Any(lists) => {
            let mut body: Vec<_> = lists.iter().flat_map(|tests| all(tests)).collect();
            body.push(refusal(libc::EPERM));
            body
        }
    }
}

/// Allows when all tests hold, and goes on behind it otherwise.
fn all(tests: &[Test]) -> Vec<sock_filter> {
    let mut block = vec![plain(RETURN, libc::SECCOMP_RET_ALLOW)];
    // From the last to the first, because a failing test jumps over all that follows.
    for test in tests.iter().rev() {
        let behind = block.len();
        let count = test.values.len();
        let compare = test.values.iter().enumerate().map(|(index, value)| {
            let after = count - index - 1;
            match (test.one_of, after) {
                (true, 0) => jump(EQUAL, *value, 0, behind),
                (true, _) => jump(EQUAL, *value, after, 0),
                (false, _) => jump(EQUAL, *value, after + behind, 0),
            }
        });
        let mut one = vec![plain(LOAD, test.offset), plain(AND, test.mask)];
        one.extend(compare);
        one.append(&mut block);
        block = one;
    }
    block
}
