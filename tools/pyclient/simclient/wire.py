"""The encoding of bodies (section 8)."""


class WireError(ValueError):
    """Bytes that are no message: error is short, limit or malformed."""

    def __init__(self, error, field=""):
        super().__init__(f"{field}: {error}" if field else error)
        self.error = error


class Reader:
    """Takes kinds from bytes. strict refuses what is above its limit."""

    def __init__(self, data, strict=False):
        self.data, self.pos, self.strict = bytes(data), 0, strict

    def left(self):
        return len(self.data) - self.pos

    def take(self, n):
        if n > self.left():
            raise WireError("short")
        self.pos += n
        return self.data[self.pos - n:self.pos]

    def length(self, most):
        """A canonical uvarint of at most 5 bytes and 31 bits."""
        value = 0
        for i in range(5):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << (7 * i)
            if byte < 0x80:
                if (byte == 0 and i > 0) or value > 0x7FFFFFFF:
                    raise WireError("malformed")
                if self.strict and most is not None and value > most:
                    raise WireError("limit")
                return value
        raise WireError("malformed")


def uvarint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


class Int:
    def __init__(self, size, signed=False):
        self.size, self.signed = size, signed

    def zero(self):
        return 0

    def write(self, v):
        return v.to_bytes(self.size, "little", signed=self.signed)

    def read(self, r):
        return int.from_bytes(r.take(self.size), "little", signed=self.signed)


class Bool:
    def zero(self):
        return False

    def write(self, v):
        return b"\1" if v else b"\0"

    def read(self, r):
        byte = r.take(1)[0]
        if byte > 1:
            raise WireError("malformed")
        return byte == 1


class Fixed:
    def __init__(self, size):
        self.size = size

    def zero(self):
        return bytes(self.size)

    def write(self, v):
        assert len(v) == self.size
        return bytes(v)

    def read(self, r):
        return r.take(self.size)


class Bytes:
    def __init__(self, most=None):
        self.most = most

    def zero(self):
        return b""

    def write(self, v):
        if self.most is not None and len(v) > self.most:
            raise WireError("limit")
        return uvarint(len(v)) + v

    def read(self, r):
        return r.take(r.length(self.most))


class String(Bytes):
    def zero(self):
        return ""

    def write(self, v):
        return super().write(v.encode("utf-8"))

    def read(self, r):
        try:
            return super().read(r).decode("utf-8")
        except UnicodeDecodeError:
            raise WireError("malformed") from None


class List:
    def __init__(self, of, most):
        self.of, self.most = of, most

    def zero(self):
        return []

    def write(self, v):
        if len(v) > self.most:
            raise WireError("limit")
        return uvarint(len(v)) + b"".join(self.of.write(e) for e in v)

    def read(self, r):
        n = r.length(self.most)
        if n > r.left():  # each element takes a byte at least
            raise WireError("short")
        return [self.of.read(r) for _ in range(n)]


class Nested:
    """A struct inside a message: its fields behind their length."""

    def __init__(self, definition):
        self.definition = definition

    def zero(self):
        return self.definition()

    def write(self, v):
        body = v.encode()
        return uvarint(len(body)) + body

    def read(self, r):
        return self.definition.decode(r.take(r.length(None)), r.strict)


class Message:
    """A struct. Subclasses list FIELDS in the order of the wire, and ID, the
    type of their frame, or 0."""

    ID = 0
    FIELDS = ()

    def __init__(self, **values):
        for name, kind in self.FIELDS:
            setattr(self, name, values.pop(name, None))
            if getattr(self, name) is None:
                setattr(self, name, kind.zero())
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(values)}")

    def encode(self):
        return b"".join(kind.write(getattr(self, name)) for name, kind in self.FIELDS)

    @classmethod
    def decode(cls, data, strict=False):
        """Reads generation 1, which is all there is, and ignores the rest."""
        r, m = Reader(data, strict), cls()
        for name, kind in cls.FIELDS:
            try:
                setattr(m, name, kind.read(r))
            except WireError as e:
                raise WireError(e.error, f"{cls.__name__}.{name}") from None
        return m

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(name for name, _ in self.FIELDS)})"


u8, u16, u32, u64, i64 = Int(1), Int(2), Int(4), Int(8), Int(8, signed=True)
bool_ = Bool()
