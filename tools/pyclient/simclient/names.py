"""Conversations and fingerprints (section 10)."""


def pair(a, b):
    return min(a, b).to_bytes(8, "big") + max(a, b).to_bytes(8, "big")


def peer(conv, uid):
    """The other member of a pair, oneself in a note to oneself; None when uid is not in it."""
    a, b = int.from_bytes(conv[:8], "big"), int.from_bytes(conv[8:], "big")
    return {a: b, b: a}.get(uid)


def fingerprint(conv, cseq, at):
    h = 0xCBF29CE484222325
    for byte in conv + cseq.to_bytes(8, "little") + at.to_bytes(8, "little", signed=True):
        h = (h ^ byte) * 0x100000001B3 % (1 << 64)
    return h or 1
