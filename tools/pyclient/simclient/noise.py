"""Noise NX, the initiator (section 3; The Noise Protocol Framework, revision 34)."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class NoiseError(ValueError):
    """A message that does not fit the handshake."""


class AESGCMCipher:
    name, aead = b"AESGCM", AESGCM

    @staticmethod
    def nonce(n):
        return bytes(4) + n.to_bytes(8, "big")


class ChaChaPolyCipher:
    name, aead = b"ChaChaPoly", ChaCha20Poly1305

    @staticmethod
    def nonce(n):
        return bytes(4) + n.to_bytes(8, "little")


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf2(key, material):
    temp = mac(key, material)
    first = mac(temp, b"\1")
    return first, mac(temp, first + b"\2")


class Initiator:
    """The client's side. Afterwards h, k1, k2 and the gate's static key rs are there."""

    def __init__(self, cipher, prologue, ephemeral=None):
        self.cipher, self.key, self.n = cipher, None, 0
        name = b"Noise_NX_25519_" + cipher.name + b"_SHA256"
        self.h = self.ck = name.ljust(32, b"\0") if len(name) <= 32 else hashlib.sha256(name).digest()
        self.mix_hash(prologue)
        self.e = X25519PrivateKey.from_private_bytes(ephemeral or os.urandom(32))

    def mix_hash(self, data):
        self.h = hashlib.sha256(self.h + data).digest()

    def mix_key(self, public):
        shared = self.e.exchange(X25519PublicKey.from_public_bytes(public))
        if not any(shared):
            raise NoiseError("key of low order")
        self.ck, self.key = hkdf2(self.ck, shared)
        self.n = 0

    def decrypt(self, sealed):
        try:
            plain = self.cipher.aead(self.key).decrypt(self.cipher.nonce(self.n), sealed, self.h)
        except InvalidTag:
            raise NoiseError("tag does not fit") from None
        self.n += 1
        self.mix_hash(sealed)
        return plain

    def write_message1(self, payload):
        public = self.e.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.mix_hash(public)
        self.mix_hash(payload)  # there is no key yet: in the clear
        return public + payload

    def read_message2(self, message):
        if len(message) < 32 + 48 + 16:
            raise NoiseError("message 2 is too short")
        re = message[:32]
        self.mix_hash(re)
        self.mix_key(re)  # ee
        self.rs = self.decrypt(message[32:80])  # s
        self.mix_key(self.rs)  # es
        payload = self.decrypt(message[80:])
        self.k1, self.k2 = hkdf2(self.ck, b"")
        return payload
