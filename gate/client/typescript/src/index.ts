/**
 * A small client of sim for node: it connects to a gate over TCP, logs in, and
 * carries frames, encrypted both ways. Messages come from generated packages
 * such as @sim-im/msgdef, or your own.
 *
 * @packageDocumentation
 */
export { parseRoots, type Roots } from "./certificate.js";
export { Client, type Options } from "./client.js";
export { CertificateError, ClosedError, GateError, KickedError, ProtocolError, RefusedError } from "./errors.js";
export type { Frame } from "./frames.js";
