/**
 * The JSON of messages, as values of JSON.parse and JSON.stringify: integers of
 * 64 bits are decimal strings, bytes standard base64, and floats that are no
 * number the strings NaN, Infinity and -Infinity. Functions that read take
 * undefined, which stands for a missing field, for zero, and refuse null. A -0 stays
 * -0 in these values, but JSON.stringify writes it as 0.
 */
import { type Codec, utf8, WireError } from "./wire.js";

/** An object that JSON.stringify takes. */
export type JsonObject = { [name: string]: unknown };

/** Returns a function that gets the fields of an object. */
export function object(value: unknown, field: string): (name: string) => unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(field, "not an object");
  return (name) => (Object.prototype.hasOwnProperty.call(value, name) ? (value as JsonObject)[name] : undefined);
}

export function bool(v: unknown, field: string): boolean {
  if (v !== undefined && typeof v !== "boolean") throw malformed(field, "not a boolean");
  return v ?? false;
}
export const u8 = (v: unknown, field: string): number => integer(v, field, 0, 0xff);
export const u16 = (v: unknown, field: string): number => integer(v, field, 0, 0xffff);
export const u32 = (v: unknown, field: string): number => integer(v, field, 0, 0xffffffff);
export const u64 = (v: unknown, field: string): bigint => long(v, field, 0n, (1n << 64n) - 1n);
export const i8 = (v: unknown, field: string): number => integer(v, field, -0x80, 0x7f);
export const i16 = (v: unknown, field: string): number => integer(v, field, -0x8000, 0x7fff);
export const i32 = (v: unknown, field: string): number => integer(v, field, -0x80000000, 0x7fffffff);
export const i64 = (v: unknown, field: string): bigint => long(v, field, -(1n << 63n), (1n << 63n) - 1n);

export function f32(v: unknown, field: string): number {
  const number = f64(v, field);
  const near = Math.fround(number);
  if (Number.isFinite(number) && !Number.isFinite(near)) throw malformed(field, "too large for 32 bits");
  return near;
}
export function f64(v: unknown, field: string): number {
  if (v === undefined) return 0;
  if (typeof v === "number" && Number.isFinite(v)) return v;
  if (v === "NaN" || v === "Infinity" || v === "-Infinity") return Number(v);
  throw malformed(field, "not a number");
}

export function text(v: unknown, field: string, max: number): string {
  if (v === undefined) return "";
  const size = typeof v === "string" ? utf8(v)?.length : undefined;
  if (size === undefined) throw malformed(field, "not a string of Unicode");
  if (size > max) throw new WireError("limit", field, `${size} bytes are more than ${max}`);
  return v as string;
}
export function bytes(v: unknown, field: string, max: number): Uint8Array {
  if (v === undefined) return new Uint8Array(0);
  if (typeof v !== "string") throw malformed(field, "not a string of base64");
  let binary: string;
  try {
    binary = atob(v);
  } catch {
    throw malformed(field, "not base64");
  }
  if (btoa(binary) !== v) throw malformed(field, "not standard base64 with padding");
  if (binary.length > max) throw new WireError("limit", field, `${binary.length} bytes are more than ${max}`);
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}
export function fixed(v: unknown, field: string, size: number): Uint8Array {
  if (v === undefined) return new Uint8Array(size);
  const b = bytes(v, field, Infinity);
  if (b.length !== size) throw malformed(field, `not ${size} bytes`);
  return b;
}

/** Bytes that are an encoded struct: its object, or base64. */
export function held<T>(v: unknown, field: string, max: number, codec: Codec<T>): Uint8Array {
  if (v === undefined || typeof v === "string") return bytes(v, field, max);
  const b = codec.encode(codec.fromJSON(v));
  if (b.length > max) throw new WireError("limit", field, `${b.length} bytes are more than ${max}`);
  return b;
}
export function nested<T>(v: unknown, codec: Codec<T>): T {
  return v === undefined ? codec.create() : codec.fromJSON(v);
}
export function list<T>(v: unknown, field: string, max: number, element: (v: unknown) => T): T[] {
  if (v === undefined) return [];
  if (!Array.isArray(v)) throw malformed(field, "not an array");
  if (v.length > max) throw new WireError("limit", field, `${v.length} elements are more than ${max}`);
  return v.map((e) => element(e ?? null));
}

/** The shortest number that is v in 32 bits. */
export function fromF32(v: number): unknown {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(v.toPrecision(digits));
    if (Object.is(Math.fround(short), v)) return fromF64(short);
  }
  return fromF64(v);
}
export function fromF64(v: number): unknown { return Number.isFinite(v) ? v : String(v); }

export function fromBytes(b: Uint8Array): string {
  let binary = "";
  for (const byte of b) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The object of the struct that b encodes if it can be read back: in max bytes, or exactly those of b. Else base64. */
export function fromHeld<T>(b: Uint8Array, max: number, codec: Codec<T>, exactly: boolean): unknown {
  try {
    const value = codec.decode(b);
    const again = codec.encode(value);
    const same = again.length === b.length && again.every((byte, i) => byte === b[i]);
    if (exactly ? same : again.length <= max) return codec.toJSON(value);
  } catch {
    // it is no such struct
  }
  return fromBytes(b);
}

function malformed(field: string, detail: string): WireError { return new WireError("malformed", field, detail); }

function integer(v: unknown, field: string, min: number, max: number): number {
  if (v === undefined) return 0;
  if (typeof v !== "number" || !Number.isInteger(v) || v < min || v > max) throw malformed(field, `not an integer from ${min} to ${max}`);
  return v;
}
function long(v: unknown, field: string, min: bigint, max: bigint): bigint {
  if (v === undefined) return 0n;
  const n = typeof v === "string" && /^(0|-?[1-9][0-9]{0,19})$/.test(v) ? BigInt(v) : max + 1n;
  if (n < min || n > max) throw malformed(field, `not the decimal digits of an integer from ${min} to ${max}`);
  return n;
}
