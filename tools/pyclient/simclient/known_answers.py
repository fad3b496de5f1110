"""Checks msgdef/vectors (section 18): python3 -m simclient vectors FOLDER."""

import base64
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ObjectIdentifier, load_der_x509_certificate

from . import certificate, conformance, keyschedule, mlkem, names
from .conformance import Wrong, refused, same
from .frames import frame, split
from .handshake import SUITES, Handshake, HandshakeError, reply_size
from .messages import Certificate, CertificateBody
from .records import LOGIN_MOST, MOST, Opener, RecordError, Sealer


def raw(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def unhex(value):
    """Turns hexadecimal into bytes, in depth. Directions and such stay."""
    if isinstance(value, dict):
        return {k: v if k == "direction" else unhex(v) for k, v in value.items()}
    if isinstance(value, list):
        return [unhex(v) for v in value]
    return bytes.fromhex(value) if isinstance(value, str) else value


class SessionAnswers:
    """One session-….json."""

    def __init__(self, text):
        self.v = unhex(json.loads(text))
        root = Ed25519PrivateKey.from_private_bytes(self.v["root_seed"])
        self.root = root
        self.roots = self.pin(raw(root))

    def pin(self, key, min_serial=0):
        entry = {"key": base64.b64encode(key).decode(), "min_serial": min_serial}
        return certificate.parse_roots(json.dumps({"roots": [entry]}))

    def check(self):
        self.handshake()
        self.keys()
        self.records()
        self.broken_records()
        self.certificates()

    def handshake(self):
        v = self.v
        h = self.h = Handshake(v["suite"], v["client_ephemeral"], v["client_mlkem_seed"])
        same("hello", h.hello, v["hello"])
        same("size of the reply", reply_size(v["reply"]), len(v["reply"]))
        h.finish(v["reply"], self.roots, v["now"])
        same("certificate", h.answer.Certificate, v["certificate"])
        same("gate's key", h.noise.rs, raw(X25519PrivateKey.from_private_bytes(v["gate_static"])))
        ephemeral = raw(X25519PrivateKey.from_private_bytes(v["gate_ephemeral"]))
        same("gate's ephemeral key", v["reply"][3:35], ephemeral)
        for name, got in ("handshake_hash", h.noise.h), ("k1", h.noise.k1), ("k2", h.noise.k2), \
                ("mlkem_secret", h.mlkem_secret), ("base", h.base):
            same(name, got, v[name])
        if h.kem:
            shared, ciphertext = mlkem.encapsulate(h.kem.public, v["encapsulation_m"])
            same("ML-KEM ciphertext", ciphertext, h.answer.Ciphertext)
            same("ML-KEM secret", shared, v["mlkem_secret"])
        for at in (10, 60, len(v["reply"]) - 1):
            bent = bytearray(v["reply"])
            bent[at] ^= 1
            again = Handshake(v["suite"], v["client_ephemeral"], v["client_mlkem_seed"])
            refused(f"a reply with byte {at} changed", HandshakeError, lambda: again.finish(bytes(bent), self.roots, v["now"]))

    def keys(self):
        v = self.v
        self.login = keyschedule.login_secret(v["base"])
        self.session = keyschedule.session_secret(v["base"], v["session_id"], v["login"], v["login_ok"])
        same("session", self.session, v["session_secret"])
        same("resume", keyschedule.resume(self.session), v["resume"])
        for name, secret in ("login", self.login), ("session", self.session):
            for way, derive in ("up", keyschedule.up), ("down", keyschedule.down):
                self.direction(f"{name}_{way}", derive(secret))
        for way in "up", "down":
            self.direction(f"next_{way}", keyschedule.following(v[f"session_{way}"]["secret"]))

    def direction(self, name, secret):
        want = self.v[name]
        same(name, secret, want["secret"])
        same(name + " key", keyschedule.key(secret), want["key"])
        same(name + " iv", keyschedule.iv(secret), want["iv"])

    def directions(self):
        """Yields a fresh sealer and opener for each entry of records."""
        aead, pair = self.h.cipher.aead, {}
        for i, entry in enumerate(self.v["records"]):
            way = entry["direction"]
            if i in (0, 2):
                secret, most = (self.login, LOGIN_MOST) if i == 0 else (self.session, MOST)
                pair = {w: (Sealer(aead, s(secret), most, self.v["records_until_next"]), Opener(aead, s(secret), most))
                        for w, s in (("up", keyschedule.up), ("down", keyschedule.down))}
            yield (entry, *pair[way])

    def records(self):
        for i, (entry, sealer, opener) in enumerate(self.directions()):
            frames = split(entry["frames"])
            same(f"records {i}", sealer.seal([frame(*f) for f in frames], now=0), entry["records"])
            found, data = [], entry["records"]
            while data:
                more, used = opener.open(data)
                found, data = found + more, data[used:]
            same(f"frames {i}", found, frames)
        same("the last key", sealer.secret, self.v["next_down"]["secret"])

    def broken_records(self):
        record = self.v["records"][0]["records"]
        fresh = lambda: Opener(self.h.cipher.aead, keyschedule.up(self.login), LOGIN_MOST)
        for at in range(len(record)):
            bent = record[:at] + bytes([record[at] ^ 1]) + record[at + 1:]
            if at == 0 and bent[0] > record[0]:
                same("a record cut short", fresh().open(bent), ([], 0))
                continue
            refused(f"a record with byte {at} changed", RecordError, lambda: fresh().open(bent + bytes(300)))
        opener = fresh()
        opener.open(record)
        refused("a record twice", RecordError, lambda: opener.open(record))
        same("half a record", fresh().open(record[:-1]), ([], 0))
        for size in 0, 16, LOGIN_MOST + 17:
            refused(f"a length of {size}", RecordError, lambda: fresh().open(size.to_bytes(2, "little")))

    def certificates(self):
        v, static = self.v, self.h.noise.rs
        signed = Certificate.decode(v["certificate"])
        body = CertificateBody.decode(signed.Body)
        stranger = self.pin(raw(Ed25519PrivateKey.from_private_bytes(bytes(32))))
        strict = self.pin(raw(self.root), body.Serial + 1)
        bad = Certificate(Body=signed.Body, Root=signed.Root, Signature=bytes(64)).encode()
        body.MinVersion = 2
        newer = body.encode()
        newer = Certificate(Body=newer, Root=signed.Root, Signature=self.root.sign(certificate.CONTEXT + newer)).encode()
        good = v["certificate"]
        for want, encoded, roots, key, now in (
                ("unknown root", good, stranger, static, v["now"]),
                ("bad signature", bad, self.roots, static, v["now"]),
                ("revoked", good, strict, static, v["now"]),
                ("not yet valid", good, self.roots, static, body.NotBefore - 1),
                ("expired", good, self.roots, static, body.NotAfter + 1),
                ("other key", good, self.roots, bytes(32), v["now"]),
                ("newer version needed", newer, self.roots, static, v["now"])):
            e = refused(want, certificate.CertificateError, lambda: certificate.verify(encoded, roots, key, now))
            same("reason", e.reason, want)
        for now in body.NotBefore, body.NotAfter:
            certificate.verify(good, self.roots, static, now)


class TLSAnswers:
    """One tls-….json. TLS itself is not spoken here, so what it exports is given."""

    def __init__(self, text):
        document = json.loads(text)
        self.label = document.pop("exporter_label")
        self.v = unhex(document)

    def check(self):
        v = self.v
        prologue = b"SIM" + bytes([1, v["suite"], 1])
        same("hello", v["hello"], prologue + bytes(2))
        same("reply", v["reply"], bytes([1, 0, 0]))
        same("exporter's label", self.label, "EXPORTER-SIM-1")
        same("exporter's context", v["exporter_context"], prologue)
        self.certificate()
        base = keyschedule.exported_base(v["exported"])
        same("base", base, v["base"])
        login = keyschedule.login_secret(base)
        session = keyschedule.session_secret(base, v["session_id"], v["login"], v["login_ok"])
        same("session", session, v["session_secret"])
        secrets = {
            "login_up": keyschedule.up(login), "login_down": keyschedule.down(login),
            "session_up": keyschedule.up(session), "session_down": keyschedule.down(session),
            "session_bulk": keyschedule.bulk(session)}
        for name, secret in secrets.items():
            same(name, secret, v[name]["secret"])
            same(name + " key", keyschedule.key(secret), v[name]["key"])
            same(name + " iv", keyschedule.iv(secret), v[name]["iv"])
        self.records(secrets)

    def certificate(self):
        v = self.v
        body = CertificateBody.decode(Certificate.decode(v["certificate"]).Body)
        leaf = raw(Ed25519PrivateKey.from_private_bytes(v["gate_tls_seed"]))
        same("gate's key in TLS", body.TLSKey, leaf)
        x509 = load_der_x509_certificate(v["x509"])
        same("X.509 key", x509.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), leaf)
        extension = x509.extensions.get_extension_for_oid(ObjectIdentifier(certificate.EXTENSION))
        same("X.509 extension", extension.value.value, certificate.octets(v["certificate"]))

    def records(self, secrets):
        aead, ends = SUITES[self.v["suite"]][0].aead, {}
        for i, entry in enumerate(self.v["records"]):
            name = f"{'login' if i < 2 else 'session'}_{entry['direction']}"
            if name not in ends:
                ends[name] = Sealer(aead, secrets[name], MOST, 1 << 20), Opener(aead, secrets[name], MOST)
            sealer, opener = ends[name]
            frames = split(entry["frames"])
            same(f"records {i}", sealer.seal([frame(*f) for f in frames], now=0), entry["records"])
            same(f"frames {i}", opener.open(entry["records"]), (frames, len(entry["records"])))


def check_names(document):
    for p in document.get("pairs", ()):
        same("pair", names.pair(int(p["a"]), int(p["b"])), bytes.fromhex(p["conv"]))
    for f in document.get("fingerprints", ()):
        got = names.fingerprint(bytes.fromhex(f["conv"]), int(f["cseq"]), int(f["at"]))
        same("fingerprint", got, int(f["fingerprint"]))


def run(folder):
    """Checks all files and returns what was checked; raises Wrong."""
    folder, report = pathlib.Path(folder), []
    sessions = sorted(folder.glob("session-*.json"))
    if len(sessions) != 4:
        raise Wrong(f"{folder}: {len(sessions)} sessions, want 4")
    for path in sessions:
        SessionAnswers(path.read_text()).check()
        report.append(path.name)
    counts = []
    for name in "messages.json", "kinds.json":
        document = conformance.load(folder / name)
        counts.append(f"{name} ({conformance.check(document)})")
        check_names(document)
    inside = sorted(folder.glob("tls-*.json"))
    if len(inside) != 4:
        raise Wrong(f"{folder}: {len(inside)} sessions inside TLS, want 4")
    for path in inside:
        TLSAnswers(path.read_text()).check()
        report.append(path.name)
    return report + counts
