"""ML-KEM-768 (FIPS 203), for the hybrid suites. Slow, and not of constant time."""

import hashlib
import os

Q, K = 3329, 3


def bitrev7(i):
    return int(f"{i:07b}"[::-1], 2)


ZETAS = [pow(17, bitrev7(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * bitrev7(i) + 1, Q) for i in range(128)]


def ntt(f):
    f, i, size = list(f), 1, 128
    while size >= 2:
        for start in range(0, 256, 2 * size):
            zeta, i = ZETAS[i], i + 1
            for j in range(start, start + size):
                t = zeta * f[j + size]
                f[j], f[j + size] = (f[j] + t) % Q, (f[j] - t) % Q
        size //= 2
    return f


def inverse_ntt(f):
    f, i, size = list(f), 127, 2
    while size <= 128:
        for start in range(0, 256, 2 * size):
            zeta, i = ZETAS[i], i - 1
            for j in range(start, start + size):
                t = f[j]
                f[j], f[j + size] = (t + f[j + size]) % Q, zeta * (f[j + size] - t) % Q
        size *= 2
    return [x * 3303 % Q for x in f]


def multiply(f, g):
    out = []
    for i in range(128):
        a0, a1, b0, b1 = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        out += [(a0 * b0 + a1 * b1 * GAMMAS[i]) % Q, (a0 * b1 + a1 * b0) % Q]
    return out


def add(f, g):
    return [(a + b) % Q for a, b in zip(f, g)]


def dot(row, column):
    total = [0] * 256
    for f, g in zip(row, column):
        total = add(total, multiply(f, g))
    return total


def sample_ntt(seed):
    out, n = [], 840
    while len(out) < 256:
        stream, out = hashlib.shake_128(seed).digest(n), []
        for a, b, c in zip(stream[0::3], stream[1::3], stream[2::3]):
            out += [d for d in (a + 256 * (b % 16), b // 16 + 16 * c) if d < Q]
        n *= 2
    return out[:256]


def sample_noise(seed, n):
    """CBD with eta 2."""
    bits = int.from_bytes(hashlib.shake_256(seed + bytes([n])).digest(128), "little")
    out = []
    for i in range(256):
        b = bits >> (4 * i)
        out.append(((b & 1) + (b >> 1 & 1) - (b >> 2 & 1) - (b >> 3 & 1)) % Q)
    return out


def encode(f, d):
    total = 0
    for i, x in enumerate(f):
        total |= x << (d * i)
    return total.to_bytes(32 * d, "little")


def decode(data, d):
    total = int.from_bytes(data, "little")
    return [(total >> (d * i)) & ((1 << d) - 1) for i in range(256)]


def compress(f, d):
    return [((x << d) + Q // 2) // Q % (1 << d) for x in f]


def decompress(f, d):
    return [(x * Q + (1 << (d - 1))) >> d for x in f]


def matrix(rho):
    return [[sample_ntt(rho + bytes([j, i])) for j in range(K)] for i in range(K)]


def parts(data, size):
    return [data[i:i + size] for i in range(0, len(data), size)]


class Key:
    """A decapsulation key from the seed d ‖ z, 64 bytes."""

    def __init__(self, seed=None):
        seed = seed or os.urandom(64)
        d, self.z = seed[:32], seed[32:]
        g = hashlib.sha3_512(d + bytes([K])).digest()
        rho, sigma = g[:32], g[32:]
        self.s = [ntt(sample_noise(sigma, i)) for i in range(K)]
        e = [ntt(sample_noise(sigma, K + i)) for i in range(K)]
        t = [add(dot(row, self.s), e[i]) for i, row in enumerate(matrix(rho))]
        self.public = b"".join(encode(f, 12) for f in t) + rho

    def decapsulate(self, ciphertext):
        if len(ciphertext) != 1088:
            raise ValueError("ML-KEM ciphertext of the wrong length")
        u = [ntt(decompress(decode(c, 10), 10)) for c in parts(ciphertext[:960], 320)]
        v = decompress(decode(ciphertext[960:], 4), 4)
        w = [(a - b) % Q for a, b in zip(v, inverse_ntt(dot(self.s, u)))]
        m = encode(compress(w, 1), 1)
        shared, again = encapsulate(self.public, m)
        if again == ciphertext:
            return shared
        return hashlib.shake_256(self.z + ciphertext).digest(32)


def encapsulate(public, m):
    """Returns the secret and the ciphertext for m, 32 bytes."""
    g = hashlib.sha3_512(m + hashlib.sha3_256(public).digest()).digest()
    shared, r = g[:32], g[32:]
    t = [decode(p, 12) for p in parts(public[:1152], 384)]
    a = matrix(public[1152:])
    y = [ntt(sample_noise(r, i)) for i in range(K)]
    u = [add(inverse_ntt(dot([a[j][i] for j in range(K)], y)), sample_noise(r, K + i)) for i in range(K)]
    v = add(add(inverse_ntt(dot(t, y)), sample_noise(r, 2 * K)), decompress(decode(m, 1), 1))
    c = b"".join(encode(compress(f, 10), 10) for f in u) + encode(compress(v, 4), 4)
    return shared, c
