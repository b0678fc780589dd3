"""A network and mounts of the script's own, where its tests are the internet: public addresses lead to this machine,
names are what the tests say, and their authority is one that the system trusts. Nothing outside is touched."""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading

INSIDE = "PINRELAY_TEST_INSIDE"
SIOCSIFADDR, SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8916, 0x8913, 0x8914, 1
PUBLIC = "9.9.9.9"  # any that is public
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"


def enter():
    """Runs the script again in namespaces of its own; ends as "skipped" (77) where the machine has none to give."""
    if os.environ.get(INSIDE):
        return prepare()
    for options in (["--user", "--map-root-user"], []):  # without a user's namespace root can do it, too
        command = ["unshare", *options, "--net", "--mount", "--propagation", "private"]
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            os.execvpe("unshare", [*command, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})
    print("this machine allows no network namespaces")
    sys.exit(77)


def prepare():
    """Brings up the loopback device, and a public address on it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for device, address in (("lo", None), ("lo:1", PUBLIC)):
            if address:
                packed = struct.pack("16sH2s4s8s", device.encode(), socket.AF_INET, b"", socket.inet_aton(address), b"")
                fcntl.ioctl(control, SIOCSIFADDR, packed)
            flags = struct.unpack("16sH", fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sH14s", device.encode(), 0, b""))[:18])
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14s", device.encode(), flags[1] | IFF_UP, b""))


def put_over(world, path, beneath):
    """The file `path` is what is found at `beneath`, for us alone and until the world ends."""
    there = os.path.realpath(beneath)
    subprocess.run(["mount", "--bind", str(path), there], check=True)
    world.at_end(lambda: subprocess.run(["umount", there], check=True))


class NameServer:
    """Answers each question for an IPv4 address by answers(name), a list of addresses; of anything else there is
    nothing. It is the only one that the script's programs ask."""

    def __init__(self, world, answers):
        self.answers, self.asked = answers, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        (world.folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions attempts:1 timeout:1\n")
        put_over(world, world.folder / "resolv.conf", "/etc/resolv.conf")
        world.at_end(self.close)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                question, sender = self.socket.recvfrom(512)
            except OSError:
                question = b""
            if not question:
                return self.socket.close()
            self.socket.sendto(self.answer(question), sender)

    def answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack(">H", question[at + 1:at + 3])[0]
        addresses = self.answers(".".join(labels)) if kind == 1 else []
        if kind == 1:
            self.asked.append(".".join(labels))
        head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(addresses), 0, 0)
        records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(each)
                           for each in addresses)
        return head + question[12:at + 5] + records

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is connected to nobody; who waits for questions wakes up all the same
        self.thread.join()
