"""Runs the stories of this folder where the cloud's own names lead to this machine.

That is a mount and a network namespace of their own: another /etc/hosts, other trusted certificates, and a loopback
interface on which port 443 is free. Nothing of the machine itself is changed. Usage: python run.py [PYTEST ARGUMENTS]
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSIDE = "--inside"


def main(arguments):
    if arguments[:1] == [INSIDE]:
        inside(arguments[1:])
    unshare = ["unshare", "--mount", "--net"] + ([] if os.getuid() == 0 else ["--map-root-user"])
    tried = subprocess.run([*unshare, "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        print(f"== skipped in 0s: no namespaces here, {tried.stderr.strip()} ==")
        return
    os.execvp(unshare[0], [*unshare, sys.executable, __file__, INSIDE, *arguments])


def inside(arguments):
    bring_up("lo")
    # The stories run as other programs do, without a variable that points anywhere.
    os.execv(sys.executable, [sys.executable, "-m", "pytest", str(HERE), *arguments])


def bring_up(interface):
    """As `ip link set NAME up` does it, where there is no `ip`."""
    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", interface.encode(), 0)
        name, flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, get_flags, request))
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", name, flags | up))


if __name__ == "__main__":
    main(sys.argv[1:])
