import { toHex } from "./hex.js";

/** Returns a decoded value as files of vectors write it, but for the names of fields. */
export function shown(v: unknown): unknown {
  if (v instanceof Uint8Array) return toHex(v);
  if (typeof v === "bigint") return v.toString();
  if (typeof v === "number" && !Number.isFinite(v)) return String(v);
  if (Array.isArray(v)) return v.map(shown);
  if (typeof v !== "object" || v === null) return v;
  return Object.fromEntries(Object.entries(v).map(([name, field]) => [name, shown(field)]));
}

/** Tells whether two shown values are equal. Names differ in case only, and in the underscore of those that were taken. */
export function same(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return Object.is(a, b);
  const one = flat(a);
  const two = flat(b);
  return Array.isArray(a) === Array.isArray(b) && one.size === two.size && [...one].every(([name, v]) => two.has(name) && same(v, two.get(name)));
}

function flat(v: object): Map<string, unknown> {
  return new Map(Object.entries(v).map(([name, field]) => [name.toLowerCase().replace(/_$/, ""), field]));
}
