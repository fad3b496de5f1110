/**
 * A small client of sim: it connects to a gate over TCP or WebSocket, logs in, and
 * carries frames, encrypted both ways. Messages come from generated packages
 * such as @sim-im/msgdef, or your own.
 *
 * @packageDocumentation
 */
export { Client } from "./client.js";
export { CertificateError, ClosedError, GateError, KickedError, ProtocolError, RefusedError, stops } from "./errors.js";
export type { Frame } from "./frames.js";
export type { Options } from "./options.js";
