"""The encoding of bodies (section 8)."""

import struct
from collections import namedtuple


class WireError(ValueError):
    """Bytes that are no message: error is short, limit or malformed."""

    def __init__(self, error, field=""):
        super().__init__(f"{field}: {error}" if field else error)
        self.error, self.field = error, field


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

    def inside(self, n):
        """A reader of the next n bytes."""
        return Reader(self.take(n), self.strict)


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

    def smallest(self):
        return self.size

    def write(self, v):
        return v.to_bytes(self.size, "little", signed=self.signed)

    def read(self, r):
        return int.from_bytes(r.take(self.size), "little", signed=self.signed)


class Float:
    def __init__(self, size):
        self.size, self.form = size, {4: "<f", 8: "<d"}[size]

    def zero(self):
        return 0.0

    def smallest(self):
        return self.size

    def write(self, v):
        return struct.pack(self.form, v)

    def read(self, r):
        return struct.unpack(self.form, r.take(self.size))[0]


class Bool:
    def zero(self):
        return False

    def smallest(self):
        return 1

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

    def smallest(self):
        return self.size

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

    def smallest(self):
        return 1

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

    def smallest(self):
        return 1

    def write(self, v):
        if len(v) > self.most:
            raise WireError("limit")
        return uvarint(len(v)) + b"".join(self.of.write(e) for e in v)

    def read(self, r):
        n = r.length(self.most)
        if n * self.of.smallest() > r.left():
            raise WireError("short")
        return [self.of.read(r) for _ in range(n)]


class Nested:
    """A struct inside a message: its fields behind their length, or without one when it is frozen."""

    def __init__(self, definition):
        self.definition = definition

    def zero(self):
        return self.definition()

    def smallest(self):
        n = sum(f.kind.smallest() for f in self.definition.FIELDS if f.generation == 1)
        return n if self.definition.FROZEN else len(uvarint(n)) + n

    def write(self, v):
        body = v.encode()
        return body if self.definition.FROZEN else uvarint(len(body)) + body

    def read(self, r):
        return self.definition.read(r if self.definition.FROZEN else r.inside(r.length(None)))


Field = namedtuple("Field", "name kind generation")


class Message:
    """A struct. Subclasses list FIELDS in the order of the wire, those that are reserved with names that begin
    with _, and ID, the type of their frame, or 0."""

    ID = 0
    FIELDS = ()
    FROZEN = False

    def __init__(self, **values):
        for f in self.FIELDS:
            setattr(self, f.name, values.pop(f.name, None))
            if getattr(self, f.name) is None:
                setattr(self, f.name, f.kind.zero())
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(values)}")

    def encode(self):
        return b"".join(f.kind.write(getattr(self, f.name)) for f in self.FIELDS)

    @classmethod
    def decode(cls, data, strict=False):
        """The message that data is, with strict refused when something is above its limit."""
        r = Reader(data, strict)
        m = cls.read(r)
        if cls.FROZEN and r.left():
            raise WireError("malformed", cls.__name__)
        return m

    @classmethod
    def read(cls, r):
        """Reads all generations that are there. What a newer sender wrote behind them stays unread."""
        m, generation = cls(), 1
        for f in cls.FIELDS:
            if f.generation > generation and not r.left():
                break
            generation = f.generation
            try:
                value = f.kind.read(r)
            except WireError as e:
                raise WireError(e.error, e.field or f"{cls.__name__}.{f.name}") from None
            if not f.name.startswith("_"):
                setattr(m, f.name, value)
        return m

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f.name for f in self.FIELDS)})"


def define(name, type_id=0, frozen=False, **fields):
    """A struct. A field of a later generation is a pair of that and its kind."""
    pairs = ((n, v if isinstance(v, tuple) else (1, v)) for n, v in fields.items())
    return type(name, (Message,), {
        "ID": type_id, "FROZEN": frozen, "FIELDS": tuple(Field(n, kind, generation) for n, (generation, kind) in pairs)})


u8, u16, u32, u64 = Int(1), Int(2), Int(4), Int(8)
i8, i16, i32, i64 = (Int(n, signed=True) for n in (1, 2, 4, 8))
f32, f64 = Float(4), Float(8)
bool_ = Bool()
