"""What the child process gives up before it opens a stranger's file.

Each step is tried and its name returned when it took: limits on memory, time and files always; a network namespace of its own, a filter that refuses
sockets and programs, and a view of the file system that ends at its working folder where the kernel knows them. Nothing here can be taken back.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
ALL_OF_ABI_1 = (1 << 13) - 1
"""Every right the first version of Landlock knows: execute, write, read, list, remove, and make each kind of file."""

# Per machine: the audit architecture, and the numbers of socket, socketpair, connect, execve, execveat, ptrace, process_vm_readv, process_vm_writev, kill.
CALLS = {
    "x86_64": (0xC000003E, (41, 53, 42, 59, 322, 101, 310, 311, 62)),
    "aarch64": (0xC00000B7, (198, 199, 203, 221, 281, 117, 270, 271, 129)),
}


GRACE = 2
"""Seconds between the signal that says which limit was passed and the kill that does not."""


def limit(memory: int, seconds: int, written: int) -> None:
    """Bound data memory, processor time, size of written files, open files; write no core dumps.

    The address space is left alone: OpenCASCADE reserves far more than it uses and crashes under a limit of 1 GiB there. The parent watches what
    is really resident.
    """
    for name, value in (("RLIMIT_CPU", seconds), ("RLIMIT_FSIZE", written), ("RLIMIT_NOFILE", 64), ("RLIMIT_CORE", 0), ("RLIMIT_DATA", memory)):
        kind = getattr(resource, name, None)
        if kind is not None:
            try:
                resource.setrlimit(kind, (value, value + GRACE if name == "RLIMIT_CPU" else value))
            except (ValueError, OSError):
                continue


def cut_network() -> bool:
    """Move into an empty network namespace."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(LIBC.unshare(CLONE_NEWNET) == 0 or LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


def forbid_calls() -> bool:
    """Refuse sockets, other programs and reaching into other processes (seccomp; the calls fail with EPERM)."""
    known = CALLS.get(platform.machine())
    if known is None or not sys.platform.startswith("linux"):
        return False
    audit, numbers = known
    refuse = len(numbers)
    program = [(0x20, 0, 0, 4), (0x15, 0, refuse + 1, audit), (0x20, 0, 0, 0)]
    program += [(0x15, refuse - i, 0, number) for i, number in enumerate(numbers)]
    program += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001)]
    packed = b"".join(struct.pack("HBBI", *step) for step in program)
    code = ctypes.create_string_buffer(packed, len(packed))
    filtered = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filtered, 0, 0) == 0)


def confine(folder: Path) -> bool:
    """Let the process see its working folder, and read libraries, and nothing else (Landlock)."""
    if not sys.platform.startswith("linux") or LIBC.syscall(LANDLOCK_CREATE, None, 0, 1) < 1:
        return False
    handled = ctypes.c_uint64(ALL_OF_ABI_1)
    rules = LIBC.syscall(LANDLOCK_CREATE, ctypes.byref(handled), ctypes.sizeof(handled), 0)
    if rules < 0:
        return False
    readable = {Path(sys.prefix), Path(sys.base_prefix), Path("/usr"), Path("/lib"), Path("/lib64"), Path("/sys/devices/system/cpu")}
    for path, rights in [(folder, ALL_OF_ABI_1), *((place, READ_FILE | READ_FOLDER) for place in readable)]:
        if path.exists():
            opened = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
            rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, opened))
            LIBC.syscall(LANDLOCK_ADD, rules, 1, rule, 0)
            os.close(opened)
    taken = LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and LIBC.syscall(LANDLOCK_RESTRICT, rules, 0) == 0
    os.close(rules)
    return bool(taken)
