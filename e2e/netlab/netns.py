"""Entering network namespaces; os.setns comes only with Python 3.12."""

import ctypes
import os

CLONE_NEWNET = 0x40000000  # <linux/sched.h>

_libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    """Moves the calling thread into the namespace that `ip netns` knows by this name."""
    descriptor = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if _libc.setns(descriptor, CLONE_NEWNET) != 0:
            error = ctypes.get_errno()
            raise OSError(error, f"cannot enter network namespace {name}: {os.strerror(error)}")
    finally:
        os.close(descriptor)
