import { randomBytes } from "node:crypto";
import { connect as connectTCP, type Socket } from "node:net";
import { AuthMethod, Error as ErrorMessage, Kicked, Login, MessageType, Ping, Platform, type LoginOK } from "@sim-im/msgdef";
import { parseRoots } from "./certificate.js";
import { ClosedError, GateError, KickedError } from "./errors.js";
import { encodeFrame, type Frame } from "./frames.js";
import { Session } from "./session.js";

/** Whom to connect to, and as whom. */
export interface Options {
  /** host:port of a gate. */
  server: string;
  /** The text of the roots file of the operator. */
  roots: string;
  account: string;
  /** A password; or give token. */
  password?: string;
  token?: Uint8Array;
  /** The device's number, drawn at install and kept; a random one by default. */
  device?: bigint;
  /** Suites that would do, the first is used; the two hybrid ones by default. */
  suites?: number[];
  /** Milliseconds until the login must be through: 20,000 by default. */
  timeout?: number;
  /** Gets every frame of the gate that the client does not handle itself, in order. */
  onFrame?: (frame: Frame) => void;
  /** Gets the gate's answers to frames that it could not serve. */
  onError?: (error: GateError) => void;
  /** Told once, when the connection ended; undefined when close was called. */
  onClose?: (reason: Error | undefined) => void;
}

/**
 * A connection to a gate over TCP. It sends and receives frames; it keeps no
 * inbox and does not connect again by itself.
 */
export class Client {
  private readonly session: Session;
  private readonly socket: Socket;
  private ping: NodeJS.Timeout | undefined;
  private ended = false;
  private reason: Error | undefined;
  private settle: { resolve: (c: Client) => void; reject: (e: Error) => void } | undefined;

  /** Connects and logs in. The promise is refused with the reason when that fails. */
  static connect(options: Options): Promise<Client> {
    return new Promise((resolve, reject) => {
      new Client(options, { resolve, reject });
    });
  }

  private constructor(private readonly options: Options, settle: NonNullable<Client["settle"]>) {
    this.settle = settle;
    const accept = options.suites ?? [1, 2];
    this.session = new Session({ roots: parseRoots(options.roots), suite: accept[0] ?? 1, accept, login: loginOf(options) });
    const { host, port } = parseAddress(options.server);
    this.socket = connectTCP({ host, port, noDelay: true });
    this.socket.setTimeout(options.timeout ?? 20_000, () => this.end(new ClosedError("the gate is silent")));
    this.socket.on("connect", () => this.flush());
    this.socket.on("data", (data) => this.receive(data));
    this.socket.on("error", (e) => this.end(new ClosedError(e.message, { cause: e })));
    this.socket.on("close", () => this.end(new ClosedError("the gate closed the connection")));
  }

  /** What the gate said at the login: the user's id, heads, limits. */
  get welcome(): LoginOK {
    return this.session.ok!;
  }

  /**
   * Sends a frame: type is the id of a message, body its encoding. It may be
   * lost when the connection ends; an answer, if the type has one, tells.
   */
  send(type: number, body: Uint8Array): void {
    if (this.ended) throw this.reason ?? new ClosedError("the connection is closed");
    this.session.send([encodeFrame(type, body)], Date.now());
    this.flush();
  }

  /** Closes the connection after what was sent. */
  close(): void {
    this.end(undefined);
  }

  private receive(data: Uint8Array): void {
    try {
      const before = this.session.ok;
      const frames = this.session.feed(data, Date.now());
      this.flush();
      if (before === undefined && this.session.ok !== undefined) this.open();
      for (const f of frames) this.serve(f);
    } catch (e) {
      this.end(e instanceof Error ? e : new ClosedError(String(e)));
    }
  }

  /** The login is through: from now on the gate is pinged. */
  private open(): void {
    const heartbeat = this.welcome.heartbeat * 1000;
    this.socket.setTimeout(2 * heartbeat);
    this.ping = setInterval(() => this.send(MessageType.Ping, Ping.encode({ nonce: 1n })), heartbeat * (0.75 + Math.random() / 4));
    this.ping.unref();
    this.settle?.resolve(this);
    this.settle = undefined;
  }

  private serve(f: Frame): void {
    if (this.ended) return;
    switch (f.type) {
      case MessageType.Pong:
        return;
      case MessageType.Error:
        return this.refused(new GateError(ErrorMessage.decode(f.body)));
      case MessageType.Kicked:
        return this.end(new KickedError(Kicked.decode(f.body)));
    }
    this.options.onFrame?.(f);
  }

  /** An error of 1xx or 2xx ends the session, others are of one frame. */
  private refused(error: GateError): void {
    if (error.answer.code < 300) return this.end(error);
    this.options.onError?.(error);
  }

  private flush(): void {
    const out = this.session.take();
    if (out.length > 0) this.socket.write(out);
  }

  private end(reason: Error | undefined): void {
    if (this.ended) return;
    this.ended = true;
    this.reason = reason;
    clearInterval(this.ping);
    if (reason === undefined) this.socket.end();
    else this.socket.destroy();
    if (this.settle !== undefined) this.settle.reject(reason ?? new ClosedError("closed before the login was through"));
    else this.options.onClose?.(reason);
    this.settle = undefined;
  }
}

function loginOf(o: Options): Login {
  return Login.create({
    method: o.token === undefined ? AuthMethod.Password : AuthMethod.Token,
    account: o.account,
    secret: o.token ?? Buffer.from(o.password ?? "", "utf8"),
    device: o.device ?? (randomBytes(8).readBigUInt64LE() | 1n),
    platform: Platform.Other,
    sdk: "typescript",
    heartbeat: 60,
  });
}

function parseAddress(server: string): { host: string; port: number } {
  const at = server.lastIndexOf(":");
  const host = server.slice(0, at).replace(/^\[|\]$/g, "");
  const port = Number(server.slice(at + 1));
  if (at < 1 || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new RangeError(`server ${JSON.stringify(server)}, want host:port`);
  }
  return { host, port };
}
