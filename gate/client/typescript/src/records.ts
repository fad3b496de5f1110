/**
 * Records, each direction by itself:
 *
 *     0  2  length      u16 LE, of ciphertext with tag
 *     2  n  ciphertext  of frames and padding; the additional data is length
 */
import { ProtocolError } from "./errors.js";
import { encodeFrame, splitFrames, type Frame } from "./frames.js";
import { traffic } from "./keyschedule.js";
import { tagSize, type AEAD } from "./noise.js";

const keyUpdate = 0x0005;
const hour = 3_600_000;

/** The most bytes of plaintext in a record before the session keys. */
export const loginRecord = 4096;

/** The most bytes of plaintext in a record under the session keys. */
export const sessionRecord = 16384;

/** One key carries at most these. */
const keyRecords = 2 ** 20;
const keyBytes = 2 ** 30;

/** The key of a direction, and how far it is used. The secret that it is made from is overwritten. */
class Direction {
  protected number = 0;
  protected bytes = 0;
  private iv!: Uint8Array;
  private key!: Uint8Array;
  private following!: Uint8Array;

  constructor(protected readonly aead: AEAD, secret: Uint8Array, protected readonly most: number) {
    this.install(secret);
  }

  private install(secret: Uint8Array): void {
    ({ key: this.key, iv: this.iv, next: this.following } = traffic(secret));
    secret.fill(0);
    this.number = 0;
    this.bytes = 0;
  }

  protected update(): void {
    this.key.fill(0);
    this.install(this.following);
  }

  protected nonce(): Uint8Array {
    const n = Buffer.from(this.iv);
    n.writeBigUInt64BE(n.readBigUInt64BE(4) ^ BigInt(this.number), 4);
    return n;
  }

  protected count(plain: number): void {
    this.number++;
    this.bytes += plain;
  }

  protected seal(plain: Uint8Array): Uint8Array {
    const header = Buffer.alloc(2);
    header.writeUInt16LE(plain.length + tagSize);
    const out = Buffer.concat([header, this.aead.seal(this.key, this.nonce(), plain, header)]);
    this.count(plain.length);
    return out;
  }

  protected open(header: Uint8Array, sealed: Uint8Array): Uint8Array {
    const plain = this.aead.open(this.key, this.nonce(), sealed, header);
    if (plain === null) throw new ProtocolError("a record does not open");
    this.count(plain.length);
    return plain;
  }
}

/** Seals what a client sends. */
export class Sealer extends Direction {
  private since: number | undefined;

  constructor(aead: AEAD, secret: Uint8Array, most: number, private readonly records = keyRecords) {
    super(aead, secret, most);
  }

  /** Returns records of whole frames, as few as it takes. now is in milliseconds. */
  append(frames: Uint8Array[], now: number): Uint8Array {
    const out: Uint8Array[] = [];
    let plain: Uint8Array[] = [];
    let size = 0;
    for (const f of frames) {
      if (f.length > this.most) throw new RangeError(`a frame of ${f.length} bytes, at most ${this.most}`);
      if (size > 0 && size + f.length > this.most) {
        out.push(this.record(Buffer.concat(plain), now));
        plain = [];
        size = 0;
      }
      plain.push(f);
      size += f.length;
    }
    if (size > 0) out.push(this.record(Buffer.concat(plain), now));
    return Buffer.concat(out);
  }

  private record(plain: Uint8Array, now: number): Uint8Array {
    const due = this.number >= this.records || this.bytes >= keyBytes || (this.since !== undefined && now - this.since >= hour);
    const before = due ? this.rekey() : new Uint8Array();
    this.since ??= now;
    return Buffer.concat([before, this.seal(plain)]);
  }

  private rekey(): Uint8Array {
    const out = this.seal(encodeFrame(keyUpdate, new Uint8Array()));
    this.update();
    this.since = undefined;
    return out;
  }
}

/** Opens what a gate sends. */
export class Opener extends Direction {
  /**
   * Opens the record that data begins with. size is how many bytes it has, 0
   * when they are not all there. Throws ProtocolError; the opener is of no use then.
   */
  next(data: Buffer): { frames: Frame[]; size: number } {
    if (data.length < 2) return { frames: [], size: 0 };
    const length = data.readUInt16LE(0);
    if (length <= tagSize || length > this.most + tagSize) throw new ProtocolError("a length that no record has");
    if (data.length < 2 + length) return { frames: [], size: 0 };
    if (this.number > keyRecords || this.bytes >= keyBytes + sessionRecord) throw new ProtocolError("a key is used beyond its limit");
    const plain = this.open(data.subarray(0, 2), data.subarray(2, 2 + length));
    return { frames: this.take(splitFrames(plain)), size: 2 + length };
  }

  private take(frames: Frame[]): Frame[] {
    const at = frames.findIndex((f) => f.type === keyUpdate);
    if (at < 0) return frames;
    if (at !== frames.length - 1 || this.number < 2 || frames[at]!.body.length > 0) {
      throw new ProtocolError("a KeyUpdate where it may not be");
    }
    this.update();
    return frames.slice(0, -1);
  }
}
