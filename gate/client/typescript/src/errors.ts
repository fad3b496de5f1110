import type { Error as GateErrorMessage, Kicked, Refusal } from "@sim-im/msgdef";

/** Bytes that break the protocol, or are not of whom they claim to be from. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
}

/** A gate whose certificate is not to be trusted. */
export class CertificateError extends Error {
  override name = "CertificateError";
}

/** The gate does not start the handshake. Anybody in between may have said so. */
export class RefusedError extends Error {
  override name = "RefusedError";
  constructor(readonly refusal: Refusal) {
    super(`the gate refuses the handshake with code ${refusal.code}`);
  }
}

/** The gate answers a frame, or the login, with an error. */
export class GateError extends Error {
  override name = "GateError";
  constructor(readonly answer: GateErrorMessage) {
    super(`the gate refuses frame 0x${answer.of.toString(16).padStart(4, "0")} with code ${answer.code}: ${answer.detail}`);
  }
}

/** The session was ended for good: do not connect again by yourself. */
export class KickedError extends Error {
  override name = "KickedError";
  constructor(readonly kicked: Kicked) {
    super(`kicked with code ${kicked.code}: ${kicked.detail}`);
  }
}

/** The connection is closed, or was lost. */
export class ClosedError extends Error {
  override name = "ClosedError";
}
