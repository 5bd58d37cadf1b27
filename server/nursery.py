"""The nursery: a process with one thread and no network that forks query processes, since Granian's has many threads."""

import json
import os
import select
import signal
import socket
import sys

from server import query_process, sandbox, write_process
from server.settings import Limits


class Nursery:
    """Forks a process an order, hands back its process descriptor, and tells how each one ended."""

    def __init__(self, control: socket.socket, networked: bool) -> None:
        self._control = control
        self._networked = networked
        self._children: dict[int, int] = {}  # pidfd: pid
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def run(self) -> None:
        """Until the front closes its end."""
        while True:
            for fd, _ in self._poll.poll():
                if fd != self._control.fileno():
                    self._bury(fd)
                elif not self._fork():
                    return

    def _fork(self) -> bool:
        message, fds, _, _ = socket.recv_fds(self._control, 1 << 16, 1)
        if not message:
            return False
        order = json.loads(message)
        channel = socket.socket(fileno=fds[0])
        pid = os.fork()
        if pid == 0:
            self._become(channel, order)
        channel.close()
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = pid
        self._poll.register(pidfd, select.POLLIN)
        socket.send_fds(self._control, [json.dumps({"id": order["id"], "pid": pid}).encode()], [pidfd])
        return True

    def _become(self, channel: socket.socket, order: dict[str, object]) -> None:
        """The fork's life; it must never fall back into the nursery's loop."""
        try:
            self._control.close()
            for pidfd in self._children:
                os.close(pidfd)
            order["limits"]["service_allow"] = tuple(order["limits"]["service_allow"])  # type: ignore[index]
            limits = Limits(**order["limits"])  # type: ignore[arg-type]
            if order["writing"]:
                write_process.run(channel, str(order["folder"]), limits)
            query_process.run(channel, str(order["folder"]), limits, self._networked)
        except BaseException as error:
            sys.stderr.write(f"a process of the server cannot begin: {error!r}\n")
        os._exit(1)

    def _bury(self, pidfd: int) -> None:
        pid = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        signum = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self._control.send(json.dumps({"ended": pid, "signal": signum}).encode())


def main() -> None:
    """`python -m server.nursery CONTROL_FD networked|offline`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.die_with_parent()
    networked = sys.argv[2] == "networked"
    if not networked:
        sandbox.leave_network()
    control = socket.socket(fileno=int(sys.argv[1]))
    try:
        Nursery(control, networked).run()
    except OSError:  # the front is gone; the kernel ends the children
        pass


if __name__ == "__main__":
    main()
