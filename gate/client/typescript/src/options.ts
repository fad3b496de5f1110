import { randomBytes } from "node:crypto";
import { AuthMethod, Login, Platform } from "@sim-im/msgdef";
import type { GateError } from "./errors.js";
import type { Frame } from "./frames.js";
import { suites } from "./handshake.js";
import { version } from "./version.js";

/** Whom to connect to, and as whom. */
export interface Options {
  /** host:port of a gate, [host]:port of an IPv6 address; or ws://host:port/sim, wss://host/sim over WebSocket. */
  server: string;
  /** The text of the roots file of the operator. */
  roots: string;
  /** The name, byte by byte: normalise what people type. May be empty with a token. */
  account: string;
  /** A password; or give token. */
  password?: string;
  /**
   * The token of the newest login that brought one, from {@link Client.welcome}. Keep each before anything else is
   * done with the connection: a token that is old is exchanged for another, and one that was exchanged is refused,
   * with everything that came of it.
   */
  token?: Uint8Array;
  /** The device's number, drawn at install and kept; a random one by default. */
  device?: bigint;
  /** Suites that would do, the first is used; the two hybrid ones by default. */
  suites?: number[];
  /** Milliseconds until the login must be through: 20,000 by default. */
  timeout?: number;
  /**
   * Gets every frame of the gate but KeyUpdate, Error and Kicked, in order, also of types that are not
   * known here: ignore those. What it throws ends the connection, and is its reason; a WireError, thrown for
   * a body that does not decode, becomes a ProtocolError.
   */
  onFrame?: (frame: Frame) => void;
  /** Gets the gate's answers to frames that it could not serve. The connection goes on. */
  onError?: (error: GateError) => void;
  /** Told once, when the connection ended; undefined when close was called. Not told when connect fails. */
  onClose?: (reason: Error | undefined) => void;
}

const defaultSuites = [1, 2];

/** The suites that would do. Throws RangeError for a list that no gate takes. */
export function suitesOf(o: Options): number[] {
  const list = o.suites ?? defaultSuites;
  if (list.length < 1 || new Set(list).size < list.length || list.some((s) => suites[s] === undefined)) {
    throw new RangeError(`suites [${list.join()}], want some of 1 to 4, each once`);
  }
  return list;
}

/** Encodes the Login. Throws RangeError for what cannot be one. */
export function loginOf(o: Options): Uint8Array {
  const secret = o.token ?? Buffer.from(o.password ?? "", "utf8");
  if (secret.length === 0) throw new RangeError("neither a password nor a token");
  try {
    return Login.encode({
      versions: Uint8Array.of(version),
      suites: Uint8Array.from(suitesOf(o)),
      method: o.token === undefined ? AuthMethod.Password : AuthMethod.Token,
      account: o.account,
      secret,
      device: o.device ?? (randomBytes(8).readBigUInt64LE() | 1n),
      platform: Platform.Other,
      app: "",
      sdk: "typescript",
      heartbeat: 60,
      tickets: 0, // each login is a full one here
    });
  } catch (e) {
    throw new RangeError(e instanceof Error ? e.message : String(e), { cause: e });
  }
}

/** Splits host:port. Throws RangeError when it is something else. */
export function parseAddress(server: string): { host: string; port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(server);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || !(port >= 1 && port <= 65535)) {
    throw new RangeError(`server ${JSON.stringify(server)}, want host:port`);
  }
  return { host, port };
}
