"""Records of one direction (section 6)."""

from cryptography.exceptions import InvalidTag

from . import keyschedule
from .frames import KEY_UPDATE, FrameError, frame, split

MAX_RECORDS, MAX_BYTES, MAX_AGE = 1 << 20, 1 << 30, 3600
LOGIN_MOST, MOST = 4096, 16384
TAG = 16


class RecordError(Exception):
    """The direction is dead, and with it the connection."""


class Direction:
    """The key of one direction and how far it is used."""

    def __init__(self, aead, secret, most):
        self.make, self.most = aead, most
        self.install(secret)

    def install(self, secret):
        self.secret, self.iv = secret, keyschedule.iv(secret)
        self.aead = self.make(keyschedule.key(secret))
        self.number = self.bytes = 0

    def nonce(self):
        low = int.from_bytes(self.iv[4:], "big") ^ self.number
        return self.iv[:4] + low.to_bytes(8, "big")

    def count(self, plaintext):
        self.number += 1
        self.bytes += len(plaintext)


class Sealer(Direction):
    def __init__(self, aead, secret, most, records=MAX_RECORDS):
        super().__init__(aead, secret, most)
        self.records, self.since = records, None

    def seal(self, frames, now, padding=0):
        """Returns the records for whole frames, a list of bytes."""
        out, plain = b"", b""
        for f in frames:
            if plain and len(plain) + len(f) > self.most:
                out, plain = out + self.record(plain, now), b""
            plain += f
        plain += bytes(min(padding, self.most - len(plain)))
        return out + self.record(plain, now) if plain else out

    def record(self, plain, now):
        update = b""
        old = self.since is not None and now - self.since >= MAX_AGE
        if old or self.number >= self.records or self.bytes >= MAX_BYTES:
            update = self.update()
        if self.since is None:
            self.since = now
        return update + self.encrypt(plain)

    def update(self):
        """Ends the key with a KeyUpdate. It may not be the first record under it."""
        out = self.encrypt(frame(KEY_UPDATE, b""))
        self.install(keyschedule.following(self.secret))
        self.since = None
        return out

    def encrypt(self, plain):
        if not 1 <= len(plain) <= self.most:
            raise RecordError(f"plaintext of {len(plain)} bytes")
        header = (len(plain) + TAG).to_bytes(2, "little")
        out = header + self.aead.encrypt(self.nonce(), plain, header)
        self.count(plain)
        return out


class Opener(Direction):
    def open(self, data):
        """Returns (frames, bytes used) of the record that data begins with;
        0 bytes mean that it is not all there."""
        if len(data) < 2:
            return [], 0
        size = int.from_bytes(data[:2], "little")
        if not TAG < size <= self.most + TAG:
            raise RecordError("length that no record has")
        if len(data) < 2 + size:
            return [], 0
        if self.number > MAX_RECORDS or self.bytes >= MAX_BYTES + MOST:
            raise RecordError("key used beyond its limit")
        try:
            plain = self.aead.decrypt(self.nonce(), bytes(data[2:2 + size]), bytes(data[:2]))
        except InvalidTag:
            raise RecordError("tag does not fit") from None
        self.count(plain)
        try:
            return self.frames(split(plain)), 2 + size
        except FrameError as e:
            raise RecordError(str(e)) from None

    def frames(self, found):
        types = [type_id for type_id, _ in found]
        if KEY_UPDATE not in types:
            return found
        if types.index(KEY_UPDATE) != len(types) - 1 or self.number < 2:
            raise RecordError("KeyUpdate where it may not be")
        self.install(keyschedule.following(self.secret))
        return found[:-1]
