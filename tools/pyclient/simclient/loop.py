"""Sockets and the clock around a Client."""

import selectors
import socket
import time

from . import endings

TICK = 0.01  # this client is made to test with: it looks often instead of keeping timers
HANDSHAKE = 15


class Loop:
    """Runs a client, and gives lines of a file to take(line)."""

    def __init__(self, client, address, lines, take):
        self.client, self.address, self.take = client, address, take
        self.selector, self.socket, self.lines, self.rest = selectors.DefaultSelector(), None, lines, b""
        self.selector.register(lines, selectors.EVENT_READ, self.read_lines)
        self.failures, self.next, self.running, self.result = 0, 0, True, 0

    def run(self):
        while self.running:
            now = time.time()
            try:
                self.step(now)
            except endings.ALL as e:
                self.ended(e, now)
            except OSError as e:
                self.ended(endings.Lost(str(e)), now)
        self.close()
        return self.result

    def step(self, now):
        if not self.socket and now >= self.next:
            self.connect(now)
        for key, _ in self.selector.select(TICK):
            key.data()
        if self.socket:
            connection = self.client.connection
            if connection.phase != "open" and now - self.since > HANDSHAKE:
                raise endings.Lost("no answer to Hello or Login")
            self.client.tick(now)
            self.flush()

    def connect(self, now):
        self.since = now
        self.socket = socket.create_connection(self.address, timeout=HANDSHAKE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(self.socket, selectors.EVENT_READ, self.read_socket)
        self.client.connect(now)
        self.flush()

    def flush(self):
        if self.client.connection.out:
            data = bytes(self.client.connection.out)
            self.client.connection.out.clear()
            self.socket.sendall(data)

    def read_socket(self):
        data = self.socket.recv(65536)
        if not data:
            raise endings.Lost("closed by the gate")
        self.client.feed(data, time.time())

    def read_lines(self):
        data = self.lines.read1(65536)
        if not data:
            self.running = False
        *whole, self.rest = (self.rest + data).split(b"\n")
        for line in whole:
            self.take(line)

    def close(self):
        if self.socket:
            self.selector.unregister(self.socket)
            self.socket.close()
            self.socket = None

    def ended(self, e, now):
        """Decides what comes after a connection."""
        self.close()
        code = endings.code_of(e)
        if isinstance(e, endings.LoginRefused) and self.client.refused_login(code):
            self.next = now
            return
        if endings.stops(e):
            self.client.emit("stopped", why=type(e).__name__, code=code, detail=str(e))
            self.running, self.result = False, 3
            return
        self.failures = 1 if now - self.since > 10 else self.failures + 1
        moved = isinstance(e, endings.Moved) and self.failures == 1
        wait = 0 if moved else endings.retry_of(e) + endings.jitter(self.failures, endings.slowest(e))
        self.next = now + wait
        self.client.emit("waiting", why=type(e).__name__, code=code, detail=str(e))
