import { codecs, Error_, Kicked, MessageType, Ping, Pong, type LoginOK } from "@sim-im/msgdef";
import { parseRoots } from "./certificate.js";
import { ClosedError, decode, GateError, KickedError, ProtocolError } from "./errors.js";
import { encodeFrame, type Frame } from "./frames.js";
import { Heartbeat } from "./heartbeat.js";
import { loginOf, suitesOf, type Options } from "./options.js";
import { Session } from "./session.js";
import { openerOf, type Opener, type Stream } from "./stream.js";

const loginTimeout = 20_000;

/** Milliseconds until a gate that does not close its side is left alone. */
const linger = 1000;

/**
 * A connection to a gate over TCP or WebSocket. It sends and receives frames; it keeps no
 * inbox and does not connect again by itself.
 */
export class Client {
  private readonly session: Session;
  private readonly stream: Stream;
  private heartbeat: Heartbeat | undefined;
  /** Of the login, and then of the end. */
  private deadline: NodeJS.Timeout;
  /** Frames of this turn of the event loop, which leave together. */
  private waiting: Uint8Array[] = [];
  private over: { reason: Error | undefined } | undefined;
  private settle: { resolve: (c: Client) => void; reject: (e: Error) => void } | undefined;

  /**
   * Connects and logs in. The promise is refused with RangeError for options that
   * cannot be, CertificateError, RefusedError, GateError when the login is
   * refused, ProtocolError, or ClosedError when there is no gate or it is silent.
   */
  static async connect(options: Options): Promise<Client> {
    const open = await openerOf(options.server);
    return new Promise((resolve, reject) => {
      new Client(options, open, { resolve, reject });
    });
  }

  private constructor(private readonly options: Options, open: Opener, settle: NonNullable<Client["settle"]>) {
    this.settle = settle;
    this.session = new Session(suitesOf(options)[0]!, parseRoots(options.roots), loginOf(options));
    this.stream = open({
      opened: () => this.flush(),
      received: (bytes) => this.receive(bytes),
      failed: (reason) => this.end(reason),
      closed: () => this.closed(),
    });
    this.deadline = setTimeout(() => this.end(new ClosedError("the gate is silent")), options.timeout ?? loginTimeout);
  }

  /** What the gate said at the login: the user's id, token (empty: the one that was given goes on), heads, limits. */
  get welcome(): LoginOK {
    return this.session.ok!;
  }

  /** Bytes that were sent and have not left this machine: wait for less before sending much more. */
  get unsent(): number {
    return this.waiting.reduce((sum, f) => sum + f.length, this.stream.unsent);
  }

  /**
   * Sends a frame: type is the id of a message, body its encoding, which may be
   * used again at once. It may be lost when the connection ends; an answer, if the type has
   * one, tells. Throws why the connection ended when it did, and RangeError for
   * a frame that a client cannot send.
   */
  send(type: number, body: Uint8Array): void {
    if (this.over !== undefined) throw this.over.reason ?? new ClosedError("the connection is closed");
    // a Login or KeyUpdate in between would end the session
    if (codecs.get(type)?.direction === "down" || type === MessageType.Login || type === MessageType.KeyUpdate) {
      throw new RangeError(`frame type ${type} is not for applications to send`);
    }
    if (this.waiting.push(encodeFrame(type, body)) === 1) queueMicrotask(() => this.flush());
  }

  /** Closes the connection after what was sent. */
  close(): void {
    this.flush();
    this.end(undefined);
  }

  private receive(data: Uint8Array): void {
    if (this.over !== undefined) return;
    try {
      for (const f of this.session.feed(data, Date.now())) {
        this.serve(f);
        if (this.over !== undefined) return;
      }
      this.flush();
    } catch (e) {
      this.end(reasonOf(e));
    }
  }

  private serve(f: Frame): void {
    switch (f.type) {
      case MessageType.LoginOK:
        return this.open();
      case MessageType.Error:
        return this.refused(new GateError(decode(Error_, f.body)));
      case MessageType.Kicked:
        return this.end(new KickedError(decode(Kicked, f.body)));
      case MessageType.Pong:
        decode(Pong, f.body);
        this.heartbeat?.pong();
    }
    this.options.onFrame?.(f);
  }

  /** The login is through: from now on the gate is pinged. */
  private open(): void {
    clearTimeout(this.deadline);
    this.heartbeat = new Heartbeat(
      this.welcome.heartbeat,
      () => this.send(MessageType.Ping, Ping.encode({ nonce: 1n })),
      () => this.end(new ClosedError("the gate is silent")),
    );
    this.settle?.resolve(this);
    this.settle = undefined;
  }

  /** An error of 1xx or 2xx ends the session, others are of one frame. */
  private refused(error: GateError): void {
    if (error.answer.code < 300) return this.end(error);
    this.options.onError?.(error);
  }

  private flush(): void {
    if (this.over !== undefined) return;
    if (this.waiting.length > 0) this.session.send(this.waiting.splice(0), Date.now());
    const out = this.session.take();
    if (out.length > 0) this.stream.write(out);
  }

  private end(reason: Error | undefined): void {
    if (this.over !== undefined) return;
    this.over = { reason };
    clearTimeout(this.deadline);
    this.heartbeat?.stop();
    if (reason === undefined) {
      this.stream.end();
      this.deadline = setTimeout(() => this.stream.destroy(), linger);
    } else {
      this.stream.destroy();
    }
    if (this.settle !== undefined) this.settle.reject(reason ?? new ClosedError("closed"));
    else this.options.onClose?.(reason);
    this.settle = undefined;
  }

  private closed(): void {
    this.end(new ClosedError("the gate closed the connection"));
    clearTimeout(this.deadline);
  }
}

/** What ended a connection. Every generated package has a WireError of its own, so that only the name tells. */
function reasonOf(e: unknown): Error {
  if (!(e instanceof Error)) return new ClosedError(String(e));
  return e.name === "WireError" ? new ProtocolError(e.message, { cause: e }) : e;
}
