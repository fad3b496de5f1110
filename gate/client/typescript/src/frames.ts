/**
 * Frames in the plaintext of a record:
 *
 *     0  2  type    u16 LE; 0 is padding
 *     2  2  length  u16 LE, of body: 0 to 16380
 *     4  n  body
 */
import { ProtocolError } from "./errors.js";

/** The greatest length of a body in bytes. */
export const maxBody = 16380;

/** A frame. The body is a part of the record's plaintext, which nobody else has. */
export interface Frame {
  /** The id of a message, 1 to 65535. */
  type: number;
  /** Its encoding, at most 16380 bytes. */
  body: Uint8Array;
}

/** Returns the bytes of a frame. Throws RangeError when there is no such frame. */
export function encodeFrame(type: number, body: Uint8Array): Uint8Array {
  if (!Number.isInteger(type) || type < 1 || type > 0xffff) throw new RangeError(`frame type ${type}, want 1 to 65535`);
  if (body.length > maxBody) throw new RangeError(`body of ${body.length} bytes, at most ${maxBody}`);
  const out = Buffer.alloc(4 + body.length);
  out.writeUInt16LE(type, 0);
  out.writeUInt16LE(body.length, 2);
  out.set(body, 4);
  return out;
}

/** Returns the frames of a record, which share its bytes. Throws ProtocolError. */
export function splitFrames(plain: Uint8Array): Frame[] {
  const b = Buffer.from(plain.buffer, plain.byteOffset, plain.length);
  const list: Frame[] = [];
  for (let at = 0; at < b.length; ) {
    const type = b.length - at < 4 ? 0 : b.readUInt16LE(at);
    if (type === 0) {
      if (b.subarray(at).some((x) => x !== 0)) throw new ProtocolError("padding is not zero");
      break;
    }
    const end = at + 4 + b.readUInt16LE(at + 2);
    if (end > b.length) throw new ProtocolError("a frame goes beyond its record");
    list.push({ type, body: b.subarray(at + 4, end) });
    at = end;
  }
  return list;
}
