// Makes one system call after another, each in a child, and prints what came of it.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct attempt {
    const char *name;
    long number;
    long args[6];
};

static char zeros[4096];

static const struct attempt attempts[] = {
    {"socket inet stream", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
    {"socket inet6 stream", SYS_socket, {AF_INET6, SOCK_STREAM, 0}},
    {"socket inet datagram", SYS_socket, {AF_INET, SOCK_DGRAM, 0}},
    {"socket inet mptcp", SYS_socket, {AF_INET, SOCK_STREAM, 262}},
    {"socket unix stream", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
    {"socket unix datagram", SYS_socket, {AF_UNIX, SOCK_DGRAM, 0}},
    {"socket netlink", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
    {"socket vsock", SYS_socket, {40, SOCK_STREAM, 0}},
    {"socket packet", SYS_socket, {AF_PACKET, SOCK_RAW, 0}},
    {"socket raw", SYS_socket, {AF_INET, SOCK_RAW, 1}},
    {"socketpair stream", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, (long)zeros}},
    {"socketpair datagram", SYS_socketpair, {AF_UNIX, SOCK_DGRAM, 0, (long)zeros}},
    {"connect", SYS_connect, {-1, (long)zeros, 16}},
    {"bind", SYS_bind, {-1, (long)zeros, 16}},
    {"listen", SYS_listen, {-1, 1}},
    {"sendto an address", SYS_sendto, {-1, (long)zeros, 1, 0, (long)zeros, 16}},
    {"sendto", SYS_sendto, {-1, (long)zeros, 1, 0, 0, 0}},
    {"io_uring_setup", SYS_io_uring_setup, {1, (long)zeros}},
    {"io_uring_enter", SYS_io_uring_enter, {-1, 0, 0, 0, 0, 0}},
    {"ptrace", SYS_ptrace, {PTRACE_TRACEME, 0, 0, 0}},
    {"process_vm_readv", SYS_process_vm_readv, {1, 0, 0, 0, 0, 0}},
    {"process_vm_writev", SYS_process_vm_writev, {1, 0, 0, 0, 0, 0}},
    {"pidfd_getfd", SYS_pidfd_getfd, {-1, 0, 0}},
    {"userfaultfd", SYS_userfaultfd, {1}},
    {"bpf", SYS_bpf, {0, 0, 0}},
    {"keyctl", SYS_keyctl, {KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1}},
    {"add_key", SYS_add_key, {(long)"user", (long)"x", (long)"x", 1, KEY_SPEC_PROCESS_KEYRING}},
    {"request_key", SYS_request_key, {(long)"user", (long)"none", 0, 0}},
    {"perf_event_open", SYS_perf_event_open, {0, 0, -1, -1, 0}},
    {"unshare user", SYS_unshare, {CLONE_NEWUSER}},
    {"unshare mount", SYS_unshare, {CLONE_NEWNS}},
    {"setns", SYS_setns, {-1, 0}},
    {"clone user", SYS_clone, {CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0}},
    {"clone net", SYS_clone, {CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0}},
    {"clone", SYS_clone, {SIGCHLD, 0, 0, 0, 0}},
    {"clone3", SYS_clone3, {0, 0}},
    {"mount", SYS_mount, {(long)"none", (long)"/nowhere", (long)"tmpfs", 0, 0}},
    {"umount2", SYS_umount2, {(long)"/nowhere", 0}},
    {"fsopen", SYS_fsopen, {(long)"none such", 0}},
    {"open_tree", SYS_open_tree, {-1, (long)"x", 1}},
    {"move_mount", SYS_move_mount, {-1, (long)"x", -1, (long)"x", 0}},
    {"mount_setattr", SYS_mount_setattr, {-1, (long)"x", 0, (long)zeros, 32}},
    {"pivot_root", SYS_pivot_root, {(long)"/nowhere", (long)"/nowhere"}},
    {"chroot", SYS_chroot, {(long)"/nowhere"}},
    {"kexec_load", SYS_kexec_load, {0, 0, 0, -1}},
    {"init_module", SYS_init_module, {0, 0, (long)""}},
    {"finit_module", SYS_finit_module, {-1, (long)"", 0}},
    {"delete_module", SYS_delete_module, {(long)"none such", 04000}},
    {"reboot", SYS_reboot, {0, 0, 0, 0}},
    {"swapon", SYS_swapon, {(long)"/nowhere", 0}},
    {"swapoff", SYS_swapoff, {(long)"/nowhere"}},
    {"acct", SYS_acct, {(long)"/nowhere/file"}},
    {"quotactl", SYS_quotactl, {-1, 0, 0, 0}},
    {"open_by_handle_at", SYS_open_by_handle_at, {-1, (long)zeros, 0}},
    {"name_to_handle_at", SYS_name_to_handle_at, {-1, (long)"x", (long)zeros, (long)zeros, 0}},
    {"personality", SYS_personality, {0x0040000}},
    {"personality asked", SYS_personality, {0xffffffff}},
    {"ioctl TIOCSTI", SYS_ioctl, {-1, TIOCSTI, (long)zeros}},
    {"ioctl TIOCLINUX", SYS_ioctl, {-1, 0x541c, (long)zeros}},
    {"ioctl TIOCGWINSZ", SYS_ioctl, {-1, TIOCGWINSZ, (long)zeros}},
    {"memfd_create", SYS_memfd_create, {(long)"x", 0}},
    {"shmget", SYS_shmget, {0, 4096, 0600}},
    {"a call of the future", 1023, {0}},
#ifdef __x86_64__
    {"an x32 call", 0x40000000 | SYS_getppid, {0}},
#endif
};

static void attempt(const struct attempt *a) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        errno = 0;
        long result = syscall(a->number, a->args[0], a->args[1], a->args[2], a->args[3], a->args[4], a->args[5]);
        // A child that `clone` made says nothing.
        if (result == 0 && a->number == SYS_clone) _exit(0);
        printf("%s: %s\n", a->name, result < 0 ? strerrorname_np(errno) : "done");
        fflush(stdout);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("%s: killed by %s\n", a->name, sigabbrev_np(WTERMSIG(status)));
}

int main(void) {
    for (unsigned i = 0; i < sizeof attempts / sizeof *attempts; i++) attempt(&attempts[i]);
#ifdef __x86_64__
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        long result;
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(64L) : "memory");
        printf("a call of another machine: done\n");
        fflush(stdout);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("a call of another machine: killed by %s\n", sigabbrev_np(WTERMSIG(status)));
#endif
    return 0;
}
