"""Frames in the plaintext of a record (section 7)."""

MAX_BODY = 16380
KEY_UPDATE = 0x0005


class FrameError(ValueError):
    """Plaintext that is not frames and padding."""


def frame(type_id, body):
    if len(body) > MAX_BODY:
        raise FrameError("body too long")
    return type_id.to_bytes(2, "little") + len(body).to_bytes(2, "little") + body


def split(plaintext):
    """Returns the frames of a record as (type, body)."""
    found, pos = [], 0
    while pos < len(plaintext):
        rest = plaintext[pos:]
        type_id = int.from_bytes(rest[:2], "little")
        if len(rest) < 4 or type_id == 0:
            if any(rest):
                raise FrameError("padding is not zero")
            break
        length = int.from_bytes(rest[2:4], "little")
        if length > MAX_BODY or length > len(rest) - 4:
            raise FrameError("frame goes beyond its record")
        found.append((type_id, rest[4:4 + length]))
        pos += 4 + length
    return found
