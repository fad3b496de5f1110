import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";

/** {secret, key, iv} of a direction. */
export interface Traffic {
  secret: string;
  key: string;
  iv: string;
}

/** A file session-<suite>.json, section 18 of the protocol; bytes are hexadecimal. */
export interface Vector {
  suite: number;
  now: number;
  root_seed: string;
  gate_static: string;
  client_ephemeral: string;
  client_mlkem_seed: string;
  session_id: string;
  login: string;
  login_ok: string;
  records_until_next: number;
  certificate: string;
  hello: string;
  reply: string;
  handshake_hash: string;
  k1: string;
  k2: string;
  mlkem_secret: string;
  base: string;
  login_up: Traffic;
  login_down: Traffic;
  session_secret: string;
  session_up: Traffic;
  session_down: Traffic;
  next_up: Traffic;
  next_down: Traffic;
  records: { direction: "up" | "down"; frames: string; records: string }[];
}

const names = ["hybrid-aesgcm", "hybrid-chacha", "classical-aesgcm", "classical-chacha"] as const;

/** The vectors of all suites. The tests run in build/test. */
export const vectors: Vector[] = names.map((name) => {
  const file = new URL(`../../../../../msgdef/vectors/session-${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Vector;
});

export function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}

/** The roots file with the only root of a vector. */
export function rootsOf(v: Vector, serial = "0"): string {
  return `{"roots": [{"key": "${ed25519Public(hex(v.root_seed)).toString("base64")}", "min_serial": ${serial}}]}`;
}

/** The public key of a seed. */
export function ed25519Public(seed: Buffer): Buffer {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(12);
}
