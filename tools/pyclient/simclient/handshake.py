"""Hello and Reply (section 3)."""

from . import certificate, keyschedule, mlkem
from .messages import ClientHello, Refusal, ServerHello
from .noise import AESGCMCipher, ChaChaPolyCipher, Initiator, NoiseError
from .wire import WireError

VERSION, CODEC = 1, 1
SUITES = {1: (AESGCMCipher, True), 2: (ChaChaPolyCipher, True), 3: (AESGCMCipher, False), 4: (ChaChaPolyCipher, False)}


class HandshakeError(Exception):
    """Bytes that are no Reply, or not of whom they claim to be from."""


class Refused(Exception):
    """The gate does not start the handshake. Anybody may have said so."""

    def __init__(self, refusal):
        super().__init__(f"handshake refused with code {refusal.Code}")
        self.refusal = refusal


def reply_size(data):
    """The length of the Reply that data begins with; 0 when it is not all there."""
    if data and data[0] not in (1, 2):
        raise HandshakeError("this is no gate")
    if len(data) < 3:
        return 0
    size = int.from_bytes(data[1:3], "little")
    if not 1 <= size <= 4096:
        raise HandshakeError("length that no Reply has")
    return 3 + size if len(data) >= 3 + size else 0


class Handshake:
    """hello is the packet to send; finish takes the Reply and leaves base."""

    def __init__(self, suite, ephemeral=None, mlkem_seed=None):
        self.cipher, hybrid = SUITES[suite]
        self.kem = mlkem.Key(mlkem_seed) if hybrid else None
        prologue = b"SIM" + bytes([VERSION, suite, CODEC])
        self.noise = Initiator(self.cipher, prologue, ephemeral)
        payload = ClientHello(EncapsulationKey=self.kem.public if hybrid else b"").encode()
        message = self.noise.write_message1(payload)
        self.hello = prologue + len(message).to_bytes(2, "little") + message

    def finish(self, packet, roots, now):
        kind, body = packet[0], packet[3:]
        try:
            if kind == 2:
                raise Refused(Refusal.decode(body))
            answer = ServerHello.decode(self.noise.read_message2(body))
        except (NoiseError, WireError) as e:
            raise HandshakeError(str(e)) from None
        self.answer = answer
        self.certificate = certificate.verify(answer.Certificate, roots, self.noise.rs, now, VERSION)
        self.mlkem_secret = b""
        if self.kem:
            if len(answer.Ciphertext) != 1088:
                raise HandshakeError("no ML-KEM ciphertext")
            self.mlkem_secret = self.kem.decapsulate(answer.Ciphertext)
        elif answer.Ciphertext:
            raise HandshakeError("ML-KEM in a classical suite")
        n = self.noise
        self.base = keyschedule.base_secret(n.h, n.k1, n.k2, self.mlkem_secret)
