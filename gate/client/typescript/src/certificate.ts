import { createPublicKey, verify as verifySignature } from "node:crypto";
import { Certificate, CertificateBody } from "@sim-im/msgdef";
import { CertificateError, decode } from "./errors.js";
import { sha256 } from "./noise.js";
import { version } from "./version.js";

/** A key that signs gates' certificates, and the lowest serial that still holds. */
interface Root {
  key: Uint8Array;
  minSerial: bigint;
}

/** The pinned roots, by the first 8 bytes of SHA-256 of their keys in hexadecimal. */
export type Roots = ReadonlyMap<string, Root>;

/** Reads a roots file, {"roots": [{"key": "<base64>", "min_serial": 0}]}. Throws CertificateError. */
export function parseRoots(text: string): Roots {
  const document = parse(text);
  const entries = isObject(document) && onlyKeys(document, ["roots"]) ? document["roots"] : undefined;
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > 16) {
    throw new CertificateError('roots: want {"roots": […]} with 1 to 16 of them');
  }
  const roots = new Map<string, Root>();
  for (const entry of entries as unknown[]) {
    const root = parseRoot(entry);
    const id = identify(root.key);
    if (roots.has(id)) throw new CertificateError("roots: a key is listed twice");
    roots.set(id, root);
  }
  return roots;
}

/**
 * Parses JSON in which a min_serial becomes a list of its digits: a number of JavaScript
 * would lose some beyond 2^53, and with them a revocation.
 */
function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/("min_serial"\s*:\s*)(0|[1-9]\d*)(?=\s*[,}])/g, '$1["$2"]'));
  } catch {
    throw new CertificateError("roots: not JSON");
  }
}

function parseRoot(entry: unknown): Root {
  if (!isObject(entry) || !onlyKeys(entry, ["key", "min_serial"]) || typeof entry["key"] !== "string") {
    throw new CertificateError("roots: an entry has key and min_serial, and nothing else");
  }
  const key = Buffer.from(entry["key"], "base64");
  if (key.length !== 32 || key.toString("base64") !== entry["key"]) {
    throw new CertificateError("roots: a key is base64 of 32 bytes");
  }
  return { key, minSerial: "min_serial" in entry ? parseSerial(entry["min_serial"]) : 0n };
}

function parseSerial(digits: unknown): bigint {
  const serial = Array.isArray(digits) && /^\d{1,20}$/.test(String(digits)) ? BigInt(String(digits)) : -1n;
  if (serial < 0n || serial >= 1n << 64n) throw new CertificateError("roots: min_serial is a number from 0 to 2^64-1");
  return serial;
}

function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

function onlyKeys(o: Record<string, unknown>, known: string[]): boolean {
  return Object.keys(o).every((k) => known.includes(k));
}

function identify(key: Uint8Array): string {
  return Buffer.from(sha256(key).subarray(0, 8)).toString("hex");
}

const context = Buffer.from("sim gate certificate v1\0", "ascii");

/** DER before the 32 bytes of an Ed25519 public key, RFC 8410. */
const ed25519Prefix = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Checks that a root vouches for the gate whose static key is known. now is in
 * milliseconds. Throws CertificateError, or ProtocolError for bytes that are none.
 */
export function verifyCertificate(encoded: Uint8Array, roots: Roots, staticKey: Uint8Array, now: number): CertificateBody {
  const certificate = decode(Certificate, encoded);
  const body = decode(CertificateBody, certificate.body);
  const root = roots.get(Buffer.from(certificate.root).toString("hex"));
  if (root === undefined) throw new CertificateError("the gate's certificate is of a root that is not known here", true);
  const key = createPublicKey({ key: Buffer.concat([ed25519Prefix, root.key]), format: "der", type: "spki" });
  if (!verifySignature(null, Buffer.concat([context, certificate.body]), key, certificate.signature)) {
    throw new CertificateError("the gate's certificate has a bad signature", true);
  }
  const seconds = BigInt(Math.floor(now / 1000));
  if (body.serial < root.minSerial) throw new CertificateError("the gate's certificate is revoked", true);
  if (seconds < body.notBefore) throw new CertificateError("the gate's certificate is not valid yet", true);
  if (seconds > body.notAfter) throw new CertificateError("the gate's certificate has expired", true);
  if (Buffer.compare(body.key, staticKey) !== 0) throw new CertificateError("the gate's certificate is for another key", true);
  if (body.minVersion > version) throw new CertificateError("the gate needs a newer version of the protocol");
  return body;
}
