"""The key schedule (section 5)."""

import hashlib

from .noise import mac


def expand(secret, info, size=32):
    """One block of HKDF-Expand, which is all that is ever needed."""
    return mac(secret, info + b"\1")[:size]


def base_secret(h, k1, k2, mlkem_secret=b""):
    return mac(h, k1 + k2 + mlkem_secret)  # HKDF-Extract


def exported_base(exported):
    return mac(bytes(32), exported)  # HKDF-Extract without a salt


def login_secret(base):
    return expand(base, b"sim/1 login")


def session_secret(base, session_id, login, login_ok):
    transcript = hashlib.sha256(len(login).to_bytes(2, "little") + login + login_ok).digest()
    return expand(base, b"sim/1 session" + session_id + transcript)


def up(secret):
    return expand(secret, b"sim/1 up")


def down(secret):
    return expand(secret, b"sim/1 down")


def resume(session):
    return expand(session, b"sim/1 resume")


def bulk(session):
    return expand(session, b"sim/1 bulk")


def key(secret):
    return expand(secret, b"sim/1 key")


def iv(secret):
    return expand(secret, b"sim/1 iv", 12)


def following(secret):
    return expand(secret, b"sim/1 next")
