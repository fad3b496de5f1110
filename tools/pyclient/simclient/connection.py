"""One connection as bytes: handshake, login, records (sections 3, 6, 9)."""

from . import keyschedule
from .frames import frame
from .handshake import VERSION, Handshake, reply_size
from .messages import DOWN, UP_ONLY, Error, Login, LoginOK
from .records import LOGIN_MOST, MOST, Opener, RecordError, Sealer
from .wire import WireError


class ProtocolError(Exception):
    """The gate broke the protocol, or somebody its bytes."""


class LoginRefused(Exception):
    def __init__(self, error):
        super().__init__(f"login refused with code {error.Code}: {error.Detail}")
        self.error = error


class Connection:
    """feed takes what was read and returns messages; out is what to write.

        hello ── Reply ──▶ login ── LoginOK ──▶ open
    """

    def __init__(self, suite, accept, roots, login, now):
        self.suite, self.accept, self.roots = suite, accept, roots
        self.login = login  # fields of Login that this class does not know
        self.handshake = Handshake(suite)
        self.out, self.buffer, self.phase = bytearray(self.handshake.hello), b"", "hello"
        self.padding = 0  # bytes added to each record
        self.ok = None  # LoginOK
        self.now = now

    def feed(self, data, now):
        self.buffer, self.now = self.buffer + data, now
        messages = []
        while self.step(messages):
            pass
        return messages

    def step(self, messages):
        if self.phase == "hello":
            return self.reply()
        try:
            frames, used = self.opener.open(self.buffer)
        except RecordError as e:
            raise ProtocolError(str(e)) from None
        self.buffer = self.buffer[used:]
        if self.phase == "login" and used:
            self.answer(frames)
        else:
            messages += [m for m in (self.decode(*f) for f in frames) if m]
        return used > 0

    def reply(self):
        size = reply_size(self.buffer)
        if size == 0:
            return False
        h = self.handshake
        h.finish(self.buffer[:size], self.roots, self.now)
        self.buffer, self.phase = self.buffer[size:], "login"
        self.install(keyschedule.login_secret(h.base), LOGIN_MOST)
        self.login_body = Login(Versions=bytes([VERSION]), Suites=bytes(self.accept), **self.login).encode()
        self.write(frame(Login.ID, self.login_body))
        return True

    def install(self, secret, most):
        aead = self.handshake.cipher.aead
        self.sealer = Sealer(aead, keyschedule.up(secret), most)
        self.opener = Opener(aead, keyschedule.down(secret), most)

    def answer(self, frames):
        if len(frames) != 1:
            raise ProtocolError(f"{len(frames)} frames in answer to Login")
        (type_id, body), = frames
        message = self.decode(type_id, body)
        if isinstance(message, Error):
            raise LoginRefused(message)
        if not isinstance(message, LoginOK):
            raise ProtocolError(f"frame {type_id:#06x} in answer to Login")
        self.ok, self.phase = message, "open"
        base = self.handshake.base
        self.install(keyschedule.session_secret(base, message.Session, self.login_body, body), MOST)
        del self.handshake.base, self.login_body

    def decode(self, type_id, body):
        """Returns a message, or None for a type of a newer gate."""
        if type_id in UP_ONLY or (type_id == LoginOK.ID and self.phase == "open"):
            raise ProtocolError(f"the gate sent a frame {type_id:#06x}")
        if type_id not in DOWN:
            return None
        try:
            return DOWN[type_id].decode(body)
        except WireError as e:
            raise ProtocolError(str(e)) from None

    def send(self, *messages):
        self.write(*[frame(m.ID, m.encode()) for m in messages])

    def write(self, *frames):
        self.out += self.sealer.seal(frames, self.now, self.padding)

    def rekey(self):
        self.out += self.sealer.update()
