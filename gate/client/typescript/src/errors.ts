import type { Codec, Error_, Kicked, Refusal } from "@sim-im/msgdef";

/** Bytes that break the protocol, or are not of whom they claim to be from. Connecting again may help. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
}

/** A gate whose certificate is not to be trusted, or a roots file that cannot be read. */
export class CertificateError extends Error {
  override name = "CertificateError";
  /** temporary: the clock of either side, or the gate's next certificate, may mend it. */
  constructor(message: string, readonly temporary = false) {
    super(message);
  }
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
  constructor(readonly answer: Error_) {
    super(`the gate refuses frame 0x${answer.of.toString(16).padStart(4, "0")} with code ${answer.code}: ${printable(answer.detail)}`);
  }
}

/** The session was ended for good: do not connect again by yourself. */
export class KickedError extends Error {
  override name = "KickedError";
  constructor(readonly kicked: Kicked) {
    super(`kicked with code ${kicked.code}: ${printable(kicked.detail)}`);
  }
}

/** The connection is closed, could not be made, or was lost: cause is the socket's error, if there was one. */
export class ClosedError extends Error {
  override name = "ClosedError";
}

/** Decodes bytes of a gate. Throws ProtocolError when they are no such message. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  try {
    return codec.decode(bytes);
  } catch (e) {
    throw new ProtocolError(e instanceof Error ? e.message : String(e), { cause: e });
  }
}

/** What others wrote, without what a terminal would take for commands. */
function printable(detail: string): string {
  return detail.replace(/\p{Cc}/gu, "");
}
