/** The key schedule: HKDF with SHA-256, whose output is never more than one block. */
import { hmac, sha256 } from "./noise.js";

function expand(secret: Uint8Array, label: string, size = 32, ...context: Uint8Array[]): Uint8Array {
  return hmac(secret, Buffer.from(label, "ascii"), ...context, Uint8Array.of(1)).subarray(0, size);
}

/** The first secret, from the handshake hash, the keys of Split and ML-KEM's secret, if any. */
export function baseSecret(h: Uint8Array, keys: [Uint8Array, Uint8Array], mlkem: Uint8Array): Uint8Array {
  return hmac(h, ...keys, mlkem);
}

/** The secret of the login. */
export function loginSecret(base: Uint8Array): Uint8Array {
  return expand(base, "sim/1 login");
}

/** The secret of a session; login and loginOK are the bodies as they were on the wire. */
export function sessionSecret(base: Uint8Array, id: Uint8Array, login: Uint8Array, loginOK: Uint8Array): Uint8Array {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(login.length);
  return expand(base, "sim/1 session", 32, id, sha256(length, login, loginOK));
}

/** The secret of client to gate. */
export function up(secret: Uint8Array): Uint8Array {
  return expand(secret, "sim/1 up");
}

/** The secret of gate to client. */
export function down(secret: Uint8Array): Uint8Array {
  return expand(secret, "sim/1 down");
}

/** What a direction seals with: its key, its iv, and the secret after a KeyUpdate. */
export function traffic(secret: Uint8Array): { key: Uint8Array; iv: Uint8Array; next: Uint8Array } {
  return {
    key: expand(secret, "sim/1 key"),
    iv: expand(secret, "sim/1 iv", 12),
    next: expand(secret, "sim/1 next"),
  };
}
