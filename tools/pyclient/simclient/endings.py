"""How connections end, and whether to connect again (section 15)."""

import random

from .certificate import CertificateError
from .connection import LoginRefused, ProtocolError
from .handshake import HandshakeError, Refused
from .wire import WireError

MOST_RETRY = 600


class Ending(Exception):
    """A connection ended. code is 0 when the gate gave none."""

    def __init__(self, why, code=0, retry=0):
        super().__init__(why)
        self.code, self.retry = code, retry


class Lost(Ending):
    """The network, or silence."""


class Moved(Ending):
    """GoAway was followed."""


class Broken(Ending):
    """The gate broke the protocol above records."""


class Ended(Ending):
    """An Error that ends the session."""

    def __init__(self, code, detail, retry):
        super().__init__(f"session ended with code {code}: {detail}", code, retry)


class Kicked(Ending):
    """The gate wants nobody back."""

    def __init__(self, code, detail):
        super().__init__(f"kicked with code {code}: {detail}", code)


ALL = (Ending, LoginRefused, ProtocolError, WireError, HandshakeError, Refused, CertificateError)


def code_of(e):
    if isinstance(e, LoginRefused):
        return e.error.Code
    if isinstance(e, Refused):
        return e.refusal.Code
    return getattr(e, "code", 0)


def retry_of(e):
    """Seconds that the gate asks to wait."""
    if isinstance(e, LoginRefused):
        milliseconds = e.error.RetryAfter
    elif isinstance(e, Refused):
        milliseconds = e.refusal.RetryAfter
    else:
        milliseconds = getattr(e, "retry", 0)
    return min(milliseconds / 1000, 60 if isinstance(e, Refused) else MOST_RETRY)


def stops(e):
    """Whether no other try is to be made."""
    if isinstance(e, Kicked):
        return True
    if isinstance(e, CertificateError):
        return e.final
    code = code_of(e)
    if isinstance(e, Refused):
        return False  # anybody may have said so
    if isinstance(e, LoginRefused):
        return 103 <= code <= 106 or code // 100 in (2, 3)
    return code // 100 == 2


def slowest(e):
    """The most seconds between tries. What would stop a client, if it were confirmed, is not asked often."""
    unconfirmed = isinstance(e, CertificateError) or isinstance(e, Refused) and code_of(e) < 400
    return 300 if unconfirmed else 60


def jitter(failures, most=60):
    """Seconds to wait after so many failures in a row."""
    return random.uniform(0, min(most, 0.5 * 2 ** (failures - 1)))
