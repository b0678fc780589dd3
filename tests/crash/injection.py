"""Death at the k-th write, fsync or send, by strace. The count is per thread; each call is tried at k = 1, 2, 3 …,
in growing steps, until a whole run from start to stop has fewer of them."""

import shutil
import subprocess

CALLS = ("pwrite64", "fdatasync", "sendto", "write", "sendmsg", "fsync", "writev", "ftruncate", "unlink", "openat")


def can_trace():
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


class Sweep:
    def __init__(self, calls=CALLS):
        self.next_k = {call: 1 for call in calls}
        self.kills = {call: 0 for call in calls}
        self.order = list(calls)
        self.deepest = {call: 0 for call in calls}

    def next(self):
        """(call, k)"""
        call = self.order.pop(0)
        self.order.append(call)
        return call, self.next_k[call]

    def died(self, call):
        k = self.next_k[call]
        self.kills[call] += 1
        self.deepest[call] = max(self.deepest[call], k)
        self.next_k[call] = k + 1 + k // 8

    def survived(self, call):
        if self.next_k[call] == 1:
            self.order.remove(call)  # this program never makes that call
        # Again from the start, and from elsewhere: the steps in between come next.
        self.next_k[call] = 1 + self.kills[call] % 8

    def tell(self):
        return ", ".join(f"{call} {self.kills[call]} (to the {self.deepest[call]}th)" for call in self.kills
                         if self.kills[call])


def kill_at(call, k):
    # Without --seccomp-bpf: strace 6.1 then counts wrongly.
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={k}"]


def fail_fsync_from(k):
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", f"inject=fsync,fdatasync:error=EIO:when={k}+"]


def traced_process(strace_pid):
    """The process that strace runs, or None when it has none any more."""
    try:
        with open(f"/proc/{strace_pid}/task/{strace_pid}/children") as file:
            children = file.read().split()
    except OSError:
        return None
    return int(children[0]) if children else None
