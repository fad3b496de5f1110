/** Noise NX, the initiator (The Noise Protocol Framework, revision 34). */
import {
  createCipheriv, createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey,
  diffieHellman, randomBytes, type KeyObject,
} from "node:crypto";
import { ProtocolError } from "./errors.js";

/** Size of an AEAD's tag in bytes. */
export const tagSize = 16;

/** An AEAD with 32-byte keys and 12-byte nonces. */
export interface AEAD {
  /** As Noise names it. */
  readonly name: "AESGCM" | "ChaChaPoly";
  /** Returns the ciphertext with its tag. */
  seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, additional: Uint8Array): Uint8Array;
  /** Returns null when the tag does not fit. */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Uint8Array | null;
  /** The nonce of Noise for its n-th message. */
  nonce(n: number): Uint8Array;
}

function aead(name: AEAD["name"], algorithm: string, nonce: (n: number) => Uint8Array): AEAD {
  const options = { authTagLength: tagSize };
  return {
    name,
    nonce,
    seal(key, iv, plain, additional) {
      const c = createCipheriv(algorithm as "chacha20-poly1305", key, iv, options);
      c.setAAD(additional, { plaintextLength: plain.length });
      return Buffer.concat([c.update(plain), c.final(), c.getAuthTag()]);
    },
    open(key, iv, sealed, additional) {
      if (sealed.length < tagSize) return null;
      const end = sealed.length - tagSize;
      const d = createDecipheriv(algorithm as "chacha20-poly1305", key, iv, options);
      d.setAAD(additional, { plaintextLength: end });
      d.setAuthTag(sealed.subarray(end));
      const plain = d.update(sealed.subarray(0, end));
      try {
        return Buffer.concat([plain, d.final()]);
      } catch {
        return null;
      }
    },
  };
}

/** AES-256-GCM. */
export const aesGCM = aead("AESGCM", "aes-256-gcm", (n) => {
  const b = Buffer.alloc(12);
  b.writeBigUInt64BE(BigInt(n), 4);
  return b;
});

/** ChaCha20-Poly1305. */
export const chaChaPoly = aead("ChaChaPoly", "chacha20-poly1305", (n) => {
  const b = Buffer.alloc(12);
  b.writeBigUInt64LE(BigInt(n), 4);
  return b;
});

/** SHA-256 of the parts one after another. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  const h = createHash("sha256");
  for (const p of parts) h.update(p);
  return h.digest();
}

/** HMAC-SHA-256 of the parts one after another. */
export function hmac(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const h = createHmac("sha256", key);
  for (const p of parts) h.update(p);
  return h.digest();
}

function hkdf2(key: Uint8Array, material: Uint8Array): [Uint8Array, Uint8Array] {
  const temp = hmac(key, material);
  const first = hmac(temp, Uint8Array.of(1));
  return [first, hmac(temp, first, Uint8Array.of(2))];
}

/** DER before the 32 bytes of an X25519 key, RFC 8410. */
const privatePrefix = Buffer.from("302e020100300506032b656e04220420", "hex");
const publicPrefix = Buffer.from("302a300506032b656e032100", "hex");

function privateKey(raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([privatePrefix, raw]), format: "der", type: "pkcs8" });
}

function publicBytes(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(publicPrefix.length);
}

function exchange(own: KeyObject, theirs: Uint8Array): Uint8Array {
  const key = createPublicKey({ key: Buffer.concat([publicPrefix, theirs]), format: "der", type: "spki" });
  try {
    return diffieHellman({ privateKey: own, publicKey: key });
  } catch {
    throw new ProtocolError("the gate's key is of low order");
  }
}

/** The client's side. After message 2 its results are there. */
export class Initiator {
  /** The handshake hash. */
  h: Uint8Array;
  /** The two keys of Split. */
  keys: [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()];
  /** The gate's static key. */
  remote: Uint8Array = new Uint8Array();

  private ck: Uint8Array;
  private key: Uint8Array = new Uint8Array();
  private n = 0;
  private readonly e: KeyObject;

  constructor(private readonly aead: AEAD, prologue: Uint8Array, ephemeral: Uint8Array = randomBytes(32)) {
    const name = Buffer.from(`Noise_NX_25519_${aead.name}_SHA256`);
    this.h = name.length <= 32 ? Buffer.concat([name, Buffer.alloc(32 - name.length)]) : sha256(name);
    this.ck = this.h;
    this.mixHash(prologue);
    this.e = privateKey(ephemeral);
  }

  /** Message 1: e, and the payload in the clear. */
  write(payload: Uint8Array): Uint8Array {
    const e = publicBytes(this.e);
    this.mixHash(e);
    this.mixHash(payload);
    return Buffer.concat([e, payload]);
  }

  /** Reads message 2: e, ee, s, es, and returns its payload. Throws ProtocolError. */
  read(message: Uint8Array): Uint8Array {
    if (message.length < 32 + 48 + tagSize) throw new ProtocolError("the gate's handshake message is too short");
    const re = message.subarray(0, 32);
    this.mixHash(re);
    this.mixKey(re);
    this.remote = this.decrypt(message.subarray(32, 80));
    this.mixKey(this.remote);
    const payload = this.decrypt(message.subarray(80));
    this.keys = hkdf2(this.ck, new Uint8Array());
    return payload;
  }

  /** Overwrites the keys, when they were used. */
  forget(): void {
    for (const k of [...this.keys, this.ck, this.key]) k.fill(0);
  }

  private mixHash(data: Uint8Array): void {
    this.h = sha256(this.h, data);
  }

  private mixKey(theirs: Uint8Array): void {
    [this.ck, this.key] = hkdf2(this.ck, exchange(this.e, theirs));
    this.n = 0;
  }

  private decrypt(sealed: Uint8Array): Uint8Array {
    const plain = this.aead.open(this.key, this.aead.nonce(this.n), sealed, this.h);
    if (plain === null) throw new ProtocolError("the gate's handshake message does not open");
    this.n++;
    this.mixHash(sealed);
    return plain;
  }
}
