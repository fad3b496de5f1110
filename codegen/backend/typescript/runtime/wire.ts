/**
 * What encodings are made of: fixed-width little-endian numbers, lengths as
 * canonical uvarints of at most 5 bytes and 31 bits, and the rules of a stranger's
 * bytes. Generated codecs call it; applications need only WireError, and Writer
 * and Reader to put several values into one buffer.
 */

/**
 * Why bytes are not a message, or a value has no bytes. short: bytes are missing.
 * limit: a length or count is above its limit. malformed: no encoder writes this.
 */
export type Fault = "short" | "limit" | "malformed";

/** The only thing that codecs throw, whatever they are given. */
export class WireError extends Error {
  /**
   * @param kind - the class of the fault
   * @param field - where it is, by the name in the definitions: Send.Body
   * @param detail - more about it
   * @param all - of an encoder: everything that is wrong with the value, this first
   */
  constructor(readonly kind: Fault, readonly field: string, detail: string, readonly all: readonly WireError[] = []) {
    super(`${field}: ${detail}`);
    this.name = "WireError";
  }
}

/** Which way messages of a type flow: up is from client to server. */
export type Direction = "up" | "down" | "both";

/** Encodes and decodes values of one struct. */
export interface Codec<T> {
  /** The name in the definitions. */
  readonly name: string;
  /** Returns a new value: the given fields, which are not copied, and zero for the others. */
  create(fields?: Partial<T>): T;
  /** Returns the encoded value. Throws one {@link WireError} for everything that breaks a limit or a range. */
  encode(m: T): Uint8Array;
  /** Appends the encoded value to w, which reports problems when it is finished. */
  encodeInto(w: Writer, m: T): void;
  /** Reads a value, which shares nothing with bytes. Throws {@link WireError}, and nothing else. */
  decode(bytes: Uint8Array): T;
  /** Reads a value up to the end of what r may read; of a frozen struct, its own bytes only. */
  decodeFrom(r: Reader): T;
  /** Returns the value as JSON.stringify takes it: 64-bit integers as decimal strings, bytes as base64. */
  toJSON(m: T): { [name: string]: unknown };
  /** Takes what JSON.parse returns. Unknown fields are ignored, missing ones zero. Throws {@link WireError}. */
  fromJSON(value: unknown): T;
}

/** A codec of messages: they have a type id, and flow in a direction. */
export interface MessageCodec<T, D extends Direction = Direction> extends Codec<T> {
  readonly type: number;
  readonly direction: D;
}

/** Codecs of what a client may send: a parameter of this type takes no others. */
export type UpCodec<T> = MessageCodec<T, "up" | "both">;

/** Codecs of what a server may send. */
export type DownCodec<T> = MessageCodec<T, "down" | "both">;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns the UTF-8 of text, or nothing when it has half of a surrogate pair. */
export function utf8(text: string): Uint8Array | undefined {
  return /\p{Surrogate}/u.test(text) ? undefined : encoder.encode(text);
}

/** Appends values to a buffer that grows by doubling, and collects what is wrong with them. */
export class Writer {
  private buffer = new Uint8Array(128);
  private view = new DataView(this.buffer.buffer);
  private at = 0; // where what was added last begins
  private size = 0;
  private readonly problems: WireError[] = [];

  /** Returns a copy of everything that was written. Throws when something was wrong with it. */
  finish(): Uint8Array {
    const first = this.problems[0];
    if (first !== undefined) {
      const text = this.problems.map((p) => p.message).join("; ");
      throw new WireError(first.kind, first.field, text.slice(first.field.length + 2), this.problems);
    }
    return this.buffer.slice(0, this.size);
  }

  bool(v: boolean, field: string): void {
    if (typeof v !== "boolean") this.fail("malformed", field, "not a boolean");
    this.room(1).setUint8(this.at, v ? 1 : 0);
  }
  u8(v: number, field: string): void { this.room(1).setUint8(this.at, this.integer(v, field, 0, 0xff)); }
  u16(v: number, field: string): void { this.room(2).setUint16(this.at, this.integer(v, field, 0, 0xffff), true); }
  u32(v: number, field: string): void { this.room(4).setUint32(this.at, this.integer(v, field, 0, 0xffffffff), true); }
  u64(v: bigint, field: string): void { this.room(8).setBigUint64(this.at, this.long(v, field, 0n, (1n << 64n) - 1n), true); }
  i8(v: number, field: string): void { this.room(1).setInt8(this.at, this.integer(v, field, -0x80, 0x7f)); }
  i16(v: number, field: string): void { this.room(2).setInt16(this.at, this.integer(v, field, -0x8000, 0x7fff), true); }
  i32(v: number, field: string): void { this.room(4).setInt32(this.at, this.integer(v, field, -0x80000000, 0x7fffffff), true); }
  i64(v: bigint, field: string): void { this.room(8).setBigInt64(this.at, this.long(v, field, -(1n << 63n), (1n << 63n) - 1n), true); }

  f32(v: number, field: string): void {
    if (typeof v !== "number") this.fail("malformed", field, "not a number");
    if (Number.isFinite(v) && !Number.isFinite(Math.fround(v))) this.fail("malformed", field, "too large for 32 bits");
    if (Number.isNaN(v)) this.room(4).setUint32(this.at, 0x7fc00000, true);
    else this.room(4).setFloat32(this.at, v, true);
  }
  f64(v: number, field: string): void {
    if (typeof v !== "number") this.fail("malformed", field, "not a number");
    if (Number.isNaN(v)) this.room(8).setBigUint64(this.at, 0x7ff8000000000000n, true);
    else this.room(8).setFloat64(this.at, v, true);
  }

  /** Writes n zero bytes. */
  zeros(n: number): void { this.room(n); }

  fixed(v: Uint8Array, field: string, size: number): void {
    if (!isBytes(v) || v.length !== size) this.fail("malformed", field, `not ${size} bytes`);
    else this.raw(v);
  }
  bytes(v: Uint8Array, field: string, max: number): void {
    if (!isBytes(v)) return this.fail("malformed", field, "not bytes");
    if (v.length > max) return this.fail("limit", field, `${v.length} bytes are more than ${max}`);
    this.length(v.length);
    this.raw(v);
  }
  text(v: string, field: string, max: number): void {
    const bytes = typeof v === "string" ? utf8(v) : undefined;
    if (bytes === undefined) return this.fail("malformed", field, "not a string of Unicode");
    this.bytes(bytes, field, max);
  }

  /** Writes a count and calls element for each. */
  list<T>(v: readonly T[], field: string, max: number, element: (e: T) => void): void {
    if (!Array.isArray(v)) return this.fail("malformed", field, "not an array");
    if (v.length > max) return this.fail("limit", field, `${v.length} elements are more than ${max}`);
    this.length(v.length);
    for (const e of v as readonly T[]) element(e);
  }

  /** Writes a struct with its length before it. */
  nested<T>(v: T, field: string, codec: Codec<T>): void {
    this.room(1); // most lengths have one byte
    const start = this.at;
    this.frozen(v, field, codec);
    const n = this.size - start - 1;
    const more = lengthSize(n) - 1;
    this.room(more);
    if (more > 0) this.buffer.copyWithin(start + 1 + more, start + 1, start + 1 + n);
    this.size = start;
    this.length(n);
    this.size += n;
  }

  /** Writes a struct without its length. */
  frozen<T>(v: T, field: string, codec: Codec<T>): void {
    if (typeof v !== "object" || v === null) return this.fail("malformed", field, `not a ${codec.name}`);
    codec.encodeInto(this, v);
  }

  private fail(kind: Fault, field: string, detail: string): void {
    this.problems.push(new WireError(kind, field, detail));
  }
  private integer(v: number, field: string, min: number, max: number): number {
    if (!Number.isInteger(v) || v < min || v > max) this.fail("malformed", field, `not an integer from ${min} to ${max}`);
    return v;
  }
  private long(v: bigint, field: string, min: bigint, max: bigint): bigint {
    if (typeof v === "bigint" && v >= min && v <= max) return v;
    this.fail("malformed", field, `not a bigint from ${min} to ${max}`);
    return 0n;
  }
  private length(n: number): void {
    for (; n >= 0x80; n >>>= 7) this.room(1).setUint8(this.at, (n & 0x7f) | 0x80);
    this.room(1).setUint8(this.at, n);
  }
  private raw(v: Uint8Array): void {
    this.room(v.length);
    this.buffer.set(v, this.at);
  }

  /** Adds n zero bytes, which begin at this.at, and returns the view that has them: growing replaces it. */
  private room(n: number): DataView {
    this.at = this.size;
    this.size += n;
    if (this.size > this.buffer.length) {
      const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.size));
      larger.set(this.buffer.subarray(0, this.at));
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return this.view;
  }
}

/** Tells whether v is a Uint8Array, also one of another window. */
function isBytes(v: unknown): v is Uint8Array {
  return ArrayBuffer.isView(v) && (v as Uint8Array).BYTES_PER_ELEMENT === 1;
}

function lengthSize(n: number): number {
  let size = 1;
  for (; n >= 0x80; n >>>= 7) size++;
  return size;
}

/** Reads values from bytes. Every method throws WireError, and reads nothing behind the end. */
export class Reader {
  private readonly buffer: Uint8Array;
  private readonly view: DataView;
  private at = 0;
  private end: number;

  constructor(bytes: Uint8Array) {
    this.buffer = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength); // a Buffer's slice would not copy
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.byteLength;
  }

  /** Tells whether everything was read. */
  atEnd(): boolean { return this.at === this.end; }

  /** Refuses bytes that are left. */
  finish(field: string): void {
    if (!this.atEnd()) throw new WireError("malformed", field, "bytes follow a struct that never grows");
  }

  bool(field: string): boolean {
    const v = this.u8(field);
    if (v > 1) throw new WireError("malformed", field, `${v} is no bool`);
    return v === 1;
  }
  u8(field: string): number { return this.view.getUint8(this.take(1, field)); }
  u16(field: string): number { return this.view.getUint16(this.take(2, field), true); }
  u32(field: string): number { return this.view.getUint32(this.take(4, field), true); }
  u64(field: string): bigint { return this.view.getBigUint64(this.take(8, field), true); }
  i8(field: string): number { return this.view.getInt8(this.take(1, field)); }
  i16(field: string): number { return this.view.getInt16(this.take(2, field), true); }
  i32(field: string): number { return this.view.getInt32(this.take(4, field), true); }
  i64(field: string): bigint { return this.view.getBigInt64(this.take(8, field), true); }
  f32(field: string): number { return this.view.getFloat32(this.take(4, field), true); }
  f64(field: string): number { return this.view.getFloat64(this.take(8, field), true); }

  fixed(field: string, size: number): Uint8Array {
    const at = this.take(size, field);
    return this.buffer.slice(at, at + size);
  }
  bytes(field: string, max: number): Uint8Array { return this.fixed(field, this.length(field, max, 1)); }
  text(field: string, max: number): string {
    const size = this.length(field, max, 1);
    const at = this.take(size, field);
    try {
      return decoder.decode(this.buffer.subarray(at, at + size));
    } catch {
      throw new WireError("malformed", field, "not UTF-8");
    }
  }

  /** Reads a count, which is compared with the bytes that are left, and that many elements of at least smallest bytes. */
  list<T>(field: string, max: number, smallest: number, element: () => T): T[] {
    const list: T[] = [];
    for (let n = this.length(field, max, smallest); n > 0; n--) list.push(element());
    return list;
  }

  /** Reads a struct that has its length before it, and skips what a newer sender put behind it. */
  nested<T>(field: string, codec: Codec<T>): T {
    const size = this.length(field, Infinity, 1);
    const outer = this.end;
    this.end = this.at + size;
    const m = codec.decodeFrom(this);
    this.at = this.end;
    this.end = outer;
    return m;
  }

  /** Reads a length or count. */
  private length(field: string, max: number, smallest: number): number {
    let n = 0;
    for (let i = 0; i < 5; i++) {
      const byte = this.u8(field);
      n += (byte & 0x7f) * 2 ** (7 * i);
      if (byte >= 0x80) continue;
      if ((byte === 0 && i > 0) || n > 0x7fffffff) break;
      if (n > max) throw new WireError("limit", field, `${n} is more than ${max}`);
      if (n * smallest > this.end - this.at) throw new WireError("short", field, `${n} is more than there is`);
      return n;
    }
    throw new WireError("malformed", field, "not a canonical length of 31 bits");
  }

  /** Steps over n bytes and returns where they begin. */
  private take(n: number, field: string): number {
    const at = this.at;
    if (n > this.end - at) throw new WireError("short", field, "the bytes end here");
    this.at = at + n;
    return at;
  }
}
