import { Error as ErrorMessage, Login, LoginOK, MessageType } from "@sim-im/msgdef";
import type { Roots } from "./certificate.js";
import { GateError, ProtocolError } from "./errors.js";
import { encodeFrame, type Frame } from "./frames.js";
import { Handshake, replySize } from "./handshake.js";
import { down, loginSecret, sessionSecret, up } from "./keyschedule.js";
import { loginRecord, Opener, Sealer, sessionRecord } from "./records.js";
import { version } from "./version.js";

/** What a session is begun with. */
export interface SessionOptions {
  roots: Roots;
  /** The suite to use, section 3.1 of the protocol. */
  suite: number;
  /** Every suite that would do, the one in use among them: the downgrade check. */
  accept: number[];
  /** Who logs in; versions and suites are filled in. */
  login: Login;
}

/**
 * A session as bytes, without a socket: feed takes what was read and returns the
 * frames of the gate, take what is to be written.
 *
 *     hello ── Reply ──▶ login ── LoginOK ──▶ open
 */
export class Session {
  /** The gate's answer to the login, once it is there. */
  ok: LoginOK | undefined;

  private phase: "hello" | "login" | "open" = "hello";
  private input: Buffer = Buffer.alloc(0);
  private output: Uint8Array[];
  private readonly handshake: Handshake;
  private base: Uint8Array = new Uint8Array();
  private login: Uint8Array = new Uint8Array();
  private sealer: Sealer | undefined;
  private opener: Opener | undefined;

  constructor(private readonly options: SessionOptions) {
    this.handshake = new Handshake(options.suite);
    this.output = [this.handshake.hello];
  }

  /** Returns what is to be written, once. */
  take(): Uint8Array {
    const out = Buffer.concat(this.output);
    this.output = [];
    return out;
  }

  /** Adds frames to what is to be written. The session is open. */
  send(frames: Uint8Array[], now: number): void {
    if (this.phase !== "open") throw new ProtocolError("the session is not open yet");
    this.output.push(this.sealer!.append(frames, now));
  }

  /** Takes bytes of the gate and returns the frames in them. now is in milliseconds. */
  feed(data: Uint8Array, now: number): Frame[] {
    this.input = Buffer.concat([this.input, data]);
    const frames: Frame[] = [];
    while (this.step(frames, now)) {
      // each step takes a packet or a record
    }
    return frames;
  }

  private step(frames: Frame[], now: number): boolean {
    if (this.phase === "hello") return this.reply(now);
    const { frames: found, size } = this.opener!.next(this.input);
    if (size === 0) return false;
    this.input = this.input.subarray(size);
    if (this.phase === "login") {
      this.welcome(found);
    } else {
      frames.push(...found);
    }
    return true;
  }

  private reply(now: number): boolean {
    const size = replySize(this.input);
    if (size === 0) return false;
    this.base = this.handshake.finish(this.input.subarray(0, size), this.options.roots, now);
    this.input = this.input.subarray(size);
    this.install(loginSecret(this.base), loginRecord);
    this.login = Login.encode({
      ...this.options.login,
      versions: Uint8Array.of(version),
      suites: Uint8Array.from(this.options.accept),
    });
    this.output.push(this.sealer!.append([encodeFrame(MessageType.Login, this.login)], now));
    this.phase = "login";
    return true;
  }

  private welcome(frames: Frame[]): void {
    const [answer, more] = frames;
    if (answer === undefined) return; // padding
    if (more === undefined && answer.type === MessageType.Error) throw new GateError(ErrorMessage.decode(answer.body));
    if (more !== undefined || answer.type !== MessageType.LoginOK) throw new ProtocolError("the gate does not answer the login");
    this.ok = LoginOK.decode(answer.body);
    this.install(sessionSecret(this.base, this.ok.session, this.login, answer.body), sessionRecord);
    this.base.fill(0);
    this.login.fill(0);
    this.phase = "open";
  }

  private install(secret: Uint8Array, most: number): void {
    this.sealer = new Sealer(this.handshake.aead, up(secret), most);
    this.opener = new Opener(this.handshake.aead, down(secret), most);
  }
}
