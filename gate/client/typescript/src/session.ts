import { codecs, Error_, LoginOK, MessageType } from "@sim-im/msgdef";
import type { Roots } from "./certificate.js";
import { decode, GateError, ProtocolError } from "./errors.js";
import { encodeFrame, type Frame } from "./frames.js";
import { Handshake, replySize, type Seeds } from "./handshake.js";
import { down, loginSecret, sessionSecret, up } from "./keyschedule.js";
import type { AEAD } from "./noise.js";
import { loginRecord, Opener, Sealer, sessionRecord } from "./records.js";

/**
 * A session as bytes, without a socket: feed takes what was read and returns the
 * frames of the gate, take what is to be written.
 *
 *     hello ── Reply ──▶ login ── LoginOK ──▶ open
 */
export class Session {
  /** The gate's answer to the login, once it is there. */
  ok: LoginOK | undefined;

  private input: Buffer = Buffer.alloc(0);
  private output: Uint8Array[];
  /** Until the Reply is there. */
  private handshake: Handshake | undefined;
  private readonly aead: AEAD;
  private base: Uint8Array = new Uint8Array();
  private sealer: Sealer | undefined;
  private opener: Opener | undefined;

  /** login is an encoded Login, whose suites begin with suite. It is overwritten once it is not needed any more. */
  constructor(suite: number, private readonly roots: Roots, private readonly login: Uint8Array, seeds?: Seeds) {
    this.handshake = new Handshake(suite, seeds);
    this.aead = this.handshake.aead;
    this.output = [this.handshake.hello];
  }

  /** Returns what is to be written, once. */
  take(): Uint8Array {
    const out = Buffer.concat(this.output);
    this.output = [];
    return out;
  }

  /** Adds frames to what is to be written, in as few records as it takes. The session is open; now is in milliseconds. */
  send(frames: Uint8Array[], now: number): void {
    this.output.push(this.sealer!.append(frames, now));
  }

  /**
   * Takes bytes of the gate and returns the frames in them, LoginOK first. Throws
   * ProtocolError, CertificateError, RefusedError or GateError, each of which is
   * final. now is in milliseconds.
   */
  *feed(data: Uint8Array, now: number): Generator<Frame, void> {
    this.input = Buffer.concat([this.input, data]);
    if (this.handshake !== undefined && !this.reply(this.handshake, now)) return;
    for (;;) {
      const { frames, size } = this.opener!.next(this.input);
      if (size === 0) return;
      this.input = this.input.subarray(size);
      if (this.ok === undefined) yield* this.welcome(frames);
      else yield* frames.map(checked);
    }
  }

  private reply(handshake: Handshake, now: number): boolean {
    const size = replySize(this.input);
    if (size === 0) return false;
    this.base = handshake.finish(this.input.subarray(0, size), this.roots, now);
    this.handshake = undefined;
    this.input = this.input.subarray(size);
    this.install(loginSecret(this.base), loginRecord);
    this.output.push(this.sealer!.append([encodeFrame(MessageType.Login, this.login)], now));
    return true;
  }

  private welcome(frames: Frame[]): Frame[] {
    const [answer, more] = frames;
    if (answer === undefined) return []; // padding
    if (more === undefined && answer.type === MessageType.Error) throw new GateError(decode(Error_, answer.body));
    if (more !== undefined || answer.type !== MessageType.LoginOK) throw new ProtocolError("the gate does not answer the login");
    const ok = decode(LoginOK, answer.body);
    this.install(sessionSecret(this.base, ok.session, this.login, answer.body), sessionRecord);
    this.base.fill(0);
    this.login.fill(0);
    this.ok = ok;
    return frames;
  }

  private install(secret: Uint8Array, most: number): void {
    this.sealer = new Sealer(this.aead, up(secret), most);
    this.opener = new Opener(this.aead, down(secret), most);
    secret.fill(0);
  }
}

/** Refuses what no gate sends to a session that is open; types that are not known are of newer versions, or applications. */
function checked(f: Frame): Frame {
  if (f.type === MessageType.LoginOK || codecs.get(f.type)?.direction === "up") {
    throw new ProtocolError(`the gate sends a frame of type ${f.type}`);
  }
  return f;
}
