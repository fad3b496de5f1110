/**
 * ML-KEM-768 (FIPS 203), the part that a client needs: key generation and
 * decapsulation, which encapsulates again to compare. It is not of constant
 * time; its keys live for one handshake.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const Q = 3329;
const K = 3;
const N = 256;

/** A polynomial: 256 coefficients below Q. */
type Poly = Int32Array;

function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = (result * base) % Q;
  return result;
}

function reverse7(i: number): number {
  let out = 0;
  for (let bit = 0; bit < 7; bit++) out |= ((i >> bit) & 1) << (6 - bit);
  return out;
}

const zetas = Array.from({ length: 128 }, (_, i) => power(17, reverse7(i)));
const gammas = Array.from({ length: 128 }, (_, i) => power(17, 2 * reverse7(i) + 1));

function ntt(f: Poly): Poly {
  const out = f.slice();
  for (let i = 1, size = 128; size >= 2; size >>= 1) {
    for (let start = 0; start < N; start += 2 * size, i++) {
      for (let j = start; j < start + size; j++) {
        const t = (zetas[i]! * out[j + size]!) % Q;
        const a = out[j]!;
        out[j] = (a + t) % Q;
        out[j + size] = (a - t + Q) % Q;
      }
    }
  }
  return out;
}

function inverseNTT(f: Poly): Poly {
  const out = f.slice();
  for (let i = 127, size = 2; size <= 128; size <<= 1) {
    for (let start = 0; start < N; start += 2 * size, i--) {
      for (let j = start; j < start + size; j++) {
        const a = out[j]!;
        const b = out[j + size]!;
        out[j] = (a + b) % Q;
        out[j + size] = (zetas[i]! * (b - a + Q)) % Q;
      }
    }
  }
  return out.map((x) => (x * 3303) % Q);
}

function multiply(f: Poly, g: Poly): Poly {
  const out = new Int32Array(N);
  for (let i = 0; i < N; i += 2) {
    const [a0, a1, b0, b1] = [f[i]!, f[i + 1]!, g[i]!, g[i + 1]!];
    out[i] = (a0 * b0 + ((a1 * b1) % Q) * gammas[i >> 1]!) % Q;
    out[i + 1] = (a0 * b1 + a1 * b0) % Q;
  }
  return out;
}

function add(f: Poly, g: Poly): Poly {
  return f.map((x, i) => (x + g[i]!) % Q);
}

function subtract(f: Poly, g: Poly): Poly {
  return f.map((x, i) => (x - g[i]! + Q) % Q);
}

function dot(row: Poly[], column: Poly[]): Poly {
  return row.map((f, i) => multiply(f, column[i]!)).reduce(add);
}

function shake(algorithm: "shake128" | "shake256", length: number, ...parts: Uint8Array[]): Uint8Array {
  const h = createHash(algorithm, { outputLength: length });
  for (const p of parts) h.update(p);
  return h.digest();
}

function sha3(algorithm: "sha3-256" | "sha3-512", ...parts: Uint8Array[]): Uint8Array {
  const h = createHash(algorithm);
  for (const p of parts) h.update(p);
  return h.digest();
}

/** Draws a polynomial in the NTT domain from a seed. */
function sampleNTT(rho: Uint8Array, j: number, i: number): Poly {
  for (let length = 840; ; length *= 2) {
    const stream = shake("shake128", length, rho, Uint8Array.of(j, i));
    const out = new Int32Array(N);
    let n = 0;
    for (let at = 0; at + 2 < length && n < N; at += 3) {
      const [a, b, c] = [stream[at]!, stream[at + 1]!, stream[at + 2]!];
      for (const d of [a + 256 * (b % 16), (b >> 4) + 16 * c]) {
        if (d < Q && n < N) out[n++] = d;
      }
    }
    if (n === N) return out;
  }
}

/** Draws a small polynomial, centred binomial with eta 2. */
function sampleNoise(seed: Uint8Array, n: number): Poly {
  const stream = shake("shake256", 128, seed, Uint8Array.of(n));
  const out = new Int32Array(N);
  for (let i = 0; i < N; i++) {
    const b = stream[i >> 1]! >> (4 * (i & 1));
    out[i] = ((b & 1) + ((b >> 1) & 1) - ((b >> 2) & 1) - ((b >> 3) & 1) + Q) % Q;
  }
  return out;
}

/** Packs the low d bits of each coefficient. */
function pack(f: Poly, d: number): Uint8Array {
  const out = new Uint8Array(32 * d);
  for (let i = 0, bit = 0; i < N; i++) {
    for (let k = 0; k < d; k++, bit++) out[bit >> 3]! |= ((f[i]! >> k) & 1) << (bit & 7);
  }
  return out;
}

function unpack(b: Uint8Array, d: number): Poly {
  const out = new Int32Array(N);
  for (let i = 0, bit = 0; i < N; i++) {
    for (let k = 0; k < d; k++, bit++) out[i]! |= ((b[bit >> 3]! >> (bit & 7)) & 1) << k;
  }
  return out;
}

function compress(f: Poly, d: number): Poly {
  return f.map((x) => Math.floor(((x << d) + (Q >> 1)) / Q) % (1 << d));
}

function decompress(f: Poly, d: number): Poly {
  return f.map((x) => (x * Q + (1 << (d - 1))) >> d);
}

function matrix(rho: Uint8Array): Poly[][] {
  return indices(K).map((i) => indices(K).map((j) => sampleNTT(rho, j, i)));
}

function indices(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function parts(b: Uint8Array, size: number): Uint8Array[] {
  return indices(b.length / size).map((i) => b.subarray(i * size, (i + 1) * size));
}

/** Returns the secret and the ciphertext for m, which is 32 bytes. */
function encapsulate(publicKey: Uint8Array, m: Uint8Array): { secret: Uint8Array; ciphertext: Uint8Array } {
  const g = sha3("sha3-512", m, sha3("sha3-256", publicKey));
  const r = g.subarray(32);
  const t = parts(publicKey.subarray(0, 1152), 384).map((p) => unpack(p, 12));
  const a = matrix(publicKey.subarray(1152));
  const y = indices(K).map((i) => ntt(sampleNoise(r, i)));
  const u = indices(K).map((i) => {
    const column = indices(K).map((j) => a[j]![i]!);
    return add(inverseNTT(dot(column, y)), sampleNoise(r, K + i));
  });
  const message = decompress(unpack(m, 1), 1);
  const v = add(add(inverseNTT(dot(t, y)), sampleNoise(r, 2 * K)), message);
  const ciphertext = Buffer.concat([...u.map((f) => pack(compress(f, 10), 10)), pack(compress(v, 4), 4)]);
  return { secret: g.subarray(0, 32), ciphertext };
}

/** A decapsulation key. */
export class MLKEMKey {
  /** The encapsulation key, 1184 bytes. */
  readonly publicKey: Uint8Array;
  private readonly s: Poly[];
  private readonly z: Uint8Array;

  /** Makes a key from d ‖ z, 64 random bytes. */
  constructor(seed: Uint8Array = randomBytes(64)) {
    this.z = seed.slice(32);
    const g = sha3("sha3-512", seed.subarray(0, 32), Uint8Array.of(K));
    const rho = g.subarray(0, 32);
    const sigma = g.subarray(32);
    this.s = indices(K).map((i) => ntt(sampleNoise(sigma, i)));
    const t = matrix(rho).map((row, i) => add(dot(row, this.s), ntt(sampleNoise(sigma, K + i))));
    this.publicKey = Buffer.concat([...t.map((f) => pack(f, 12)), rho]);
  }

  /** Returns the 32 bytes of secret in a ciphertext of 1088 bytes. */
  decapsulate(ciphertext: Uint8Array): Uint8Array {
    const u = parts(ciphertext.subarray(0, 960), 320).map((c) => ntt(decompress(unpack(c, 10), 10)));
    const v = decompress(unpack(ciphertext.subarray(960), 4), 4);
    const m = pack(compress(subtract(v, inverseNTT(dot(this.s, u))), 1), 1);
    const again = encapsulate(this.publicKey, m);
    const rejected = shake("shake256", 32, this.z, ciphertext);
    return timingSafeEqual(again.ciphertext, ciphertext) ? again.secret : rejected;
  }
}
