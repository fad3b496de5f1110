import type { Codec, Error_, Kicked, Refusal } from "@sim-im/msgdef";

/** Bytes that break the protocol, or are not of whom they claim to be from. Connecting again may help. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
}

/** A gate whose certificate is not to be trusted, or a roots file that cannot be read. */
export class CertificateError extends Error {
  override name = "CertificateError";
  /**
   * temporary: a stranger answered, who may be a captive portal; or the clock of either side, or the gate's next
   * certificate, may mend it.
   */
  constructor(message: string, readonly temporary = false) {
    super(message);
  }
}

/** The gate does not start the handshake. Anybody in between may have said so: another try may be answered otherwise. */
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

/**
 * Whether there is no point in connecting again with the same options: a gate has said so, under its keys. Of
 * everything else wait and try again: after a RefusedError, unless its code is 4xx, and after a CertificateError
 * slowly, up to every five minutes, and show why.
 */
export function stops(error: Error): boolean {
  if (error instanceof KickedError || error instanceof RangeError) return true;
  if (error instanceof CertificateError) return !error.temporary;
  if (!(error instanceof GateError)) return false;
  const { code } = error.answer;
  return (code >= 103 && code <= 106) || (code >= 200 && code < 400);
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
