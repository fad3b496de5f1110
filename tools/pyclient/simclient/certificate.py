"""Roots, and the certificate of a gate (section 4)."""

import base64
import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .messages import Certificate, CertificateBody
from .wire import WireError

EXTENSION = "1.2.840.113556.1.8000.2554.63821.61798.59354.18377.39786.3133946.15233241"  # of X.509, section 21
CONTEXT = b"sim gate certificate v1\0"


class CertificateError(Exception):
    """A gate that is not to be trusted, or a stranger. final tells that another try is no use."""

    def __init__(self, reason, final=False):
        super().__init__(f"the gate's certificate is refused: {reason}")
        self.reason, self.final = reason, final


def octets(b):
    """DER of an OCTET STRING of 128 to 65535 bytes, as stands in the extension."""
    size = bytes([0x81, len(b)]) if len(b) < 256 else bytes([0x82]) + len(b).to_bytes(2, "big")
    return b"\4" + size + b


def parse_roots(text):
    """Returns {id: (key, min_serial)}."""
    document = json.loads(text)
    if not isinstance(document, dict) or set(document) != {"roots"}:
        raise ValueError("roots: want one object with the field roots")
    roots = {}
    for entry in document["roots"]:
        if not set(entry) <= {"key", "min_serial"}:
            raise ValueError(f"roots: unknown field in {sorted(entry)}")
        key = base64.b64decode(entry["key"], validate=True)
        name = hashlib.sha256(key).digest()[:8]
        if len(key) != 32 or name in roots:
            raise ValueError("roots: a key is not 32 bytes or listed twice")
        roots[name] = (key, entry.get("min_serial", 0))
    if not 1 <= len(roots) <= 16:
        raise ValueError(f"roots: {len(roots)} of them, want 1 to 16")
    return roots


def verify(encoded, roots, static, now, version=1):
    """Returns the body of a certificate that holds. now is in Unix seconds."""
    try:
        certificate = Certificate.decode(encoded)
        body = CertificateBody.decode(certificate.Body)
    except WireError as e:
        raise CertificateError(f"malformed, {e}") from None
    if certificate.Root not in roots:
        raise CertificateError("unknown root")
    key, min_serial = roots[certificate.Root]
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(certificate.Signature, CONTEXT + certificate.Body)
    except InvalidSignature:
        raise CertificateError("bad signature") from None
    if body.Serial < min_serial:
        raise CertificateError("revoked")
    if now < body.NotBefore:
        raise CertificateError("not yet valid")
    if now > body.NotAfter:
        raise CertificateError("expired")
    if body.Key != static:
        raise CertificateError("other key")
    if body.MinVersion > version:
        raise CertificateError("newer version needed", final=True)
    return body
