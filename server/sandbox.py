"""A query process may read its snapshot and speak to the front: no network, no other program, limited memory."""

import ctypes
import os
import platform
import resource
import struct

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000  # linux/sched.h
_PDEATHSIG, _SECCOMP, _NO_NEW_PRIVS = 1, 22, 38  # linux/prctl.h
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 13  # linux/seccomp.h: allow; fail with EACCES
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h: load a word, jump if equal, return
# audit architecture, then the numbers of socket, connect, execve, execveat, ptrace (asm/unistd.h)
_CALLS = {
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117)),
}


def die_with_parent() -> None:
    """Have the kernel end this process when the one that forked it ends."""
    _LIBC.prctl(_PDEATHSIG, 9, 0, 0, 0)


def leave_network() -> bool:
    """Move this process and all that it will fork into a network namespace with no device in it.

    Needs a privilege or unprivileged user namespaces, so it may not be allowed (in a container, mostly);
    `refuse_calls` holds then as well.
    """
    return any(_LIBC.unshare(flags) == 0 for flags in (_NEW_NET, _NEW_USER | _NEW_NET))


def refuse_calls() -> bool:
    """Let socket, connect, exec and ptrace fail from now on (seccomp); needs no privilege. False where it cannot."""
    calls = _CALLS.get(platform.machine())
    if calls is None or _LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    program = _program(*calls)
    instructions = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("@HxxxxxxQ", len(program) // 8, ctypes.addressof(instructions))
    return bool(_LIBC.prctl(_SECCOMP, 2, ctypes.create_string_buffer(filter_, len(filter_)), 0, 0) == 0)


def _program(architecture: int, numbers: tuple[int, ...]) -> bytes:
    """Classic BPF over `struct seccomp_data`: another architecture or one of the calls is denied."""
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 0, len(numbers) + 2, architecture), (_LOAD, 0, 0, 0)]
    steps += [(_EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]
    return b"".join(struct.pack("@HBBI", *step) for step in steps)


def limit_memory(more: int) -> None:
    """Allow `more` bytes of address space beyond what the process has now, and no core file."""
    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (now + more, now + more))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
