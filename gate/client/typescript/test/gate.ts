/** A gate that tests play: the other side of Noise NX in suite 3, and of a session. */
import { createPublicKey, diffieHellman, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Certificate, CertificateBody, LoginOK, MessageType, ServerHello } from "@sim-im/msgdef";
import { encodeFrame, type Frame } from "../src/frames.js";
import * as schedule from "../src/keyschedule.js";
import { aesGCM, hmac, sha256 } from "../src/noise.js";
import { loginRecord, Opener, Sealer, sessionRecord } from "../src/records.js";

const root = generateKeyPairSync("ed25519");
const statics = generateKeyPairSync("x25519");

function raw(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" }).subarray(12);
}

/** The roots file that trusts the gate. */
export const roots = JSON.stringify({ roots: [{ key: raw(root.publicKey).toString("base64"), min_serial: 3 }] });

/** What may be wrong with a gate's certificate. */
export type Flaw = Partial<CertificateBody>;

function certificate(flaw: Flaw): Uint8Array {
  const now = BigInt(Math.floor(Date.now() / 1000));
  const body = CertificateBody.encode(CertificateBody.create({
    key: raw(statics.publicKey), serial: 3n, notBefore: now - 60n, notAfter: now + 60n, minVersion: 1, name: "test", ...flaw,
  }));
  const signature = sign(null, Buffer.concat([Buffer.from("sim gate certificate v1\0"), body]), root.privateKey);
  return Certificate.encode(Certificate.create({ body, root: sha256(raw(root.publicKey)).subarray(0, 8), signature }));
}

/** Noise message 2 for a Hello, and the base secret. */
function respond(hello: Buffer, flaw: Flaw): { message: Uint8Array; base: Uint8Array } {
  let h: Uint8Array = Buffer.concat([Buffer.from("Noise_NX_25519_AESGCM_SHA256"), Buffer.alloc(4)]);
  let ck = h;
  let key: Uint8Array = new Uint8Array();
  const mixHash = (b: Uint8Array) => { h = sha256(h, b); };
  const theirs = createPublicKey({
    key: Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), hello.subarray(8, 40)]), format: "der", type: "spki",
  });
  const mixKey = (own: KeyObject) => {
    const temp = hmac(ck, diffieHellman({ privateKey: own, publicKey: theirs }));
    ck = hmac(temp, Uint8Array.of(1));
    key = hmac(temp, ck, Uint8Array.of(2));
  };
  const encrypt = (b: Uint8Array) => {
    const sealed = aesGCM.seal(key, aesGCM.nonce(0), b, h);
    mixHash(sealed);
    return sealed;
  };
  const e = generateKeyPairSync("x25519");
  for (const b of [hello.subarray(0, 6), hello.subarray(8, 40), hello.subarray(40), raw(e.publicKey)]) mixHash(b);
  mixKey(e.privateKey);
  const s = encrypt(raw(statics.publicKey));
  mixKey(statics.privateKey);
  const payload = encrypt(ServerHello.encode(ServerHello.create({ certificate: certificate(flaw) })));
  const temp = hmac(ck);
  const k1 = hmac(temp, Uint8Array.of(1));
  const base = schedule.baseSecret(h, [k1, hmac(temp, k1, Uint8Array.of(2))], new Uint8Array());
  return { message: Buffer.concat([raw(e.publicKey), s, payload]), base };
}

/** A packet: kind, length, body. */
export function packet(kind: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(kind, body.length & 255, body.length >> 8), body]);
}

/** A client's connection, as the gate sees it. */
export class Peer {
  private input: Buffer = Buffer.alloc(0);
  private wake: () => void = () => undefined;
  private base: Uint8Array = new Uint8Array();
  private login: Uint8Array = new Uint8Array();
  private opener!: Opener;
  private sealer!: Sealer;
  /** Resolves when the client has closed. */
  readonly closed: Promise<void>;

  constructor(readonly socket: Socket) {
    this.closed = new Promise((resolve) => socket.on("close", () => resolve()));
    socket.on("error", () => undefined); // a client may reset
    socket.on("data", (d) => {
      this.input = Buffer.concat([this.input, d]);
      this.wake();
    });
  }

  private async need(n: number): Promise<Buffer> {
    while (this.input.length < n) await new Promise<void>((resolve) => { this.wake = resolve; });
    return this.input;
  }

  /** Reads Hello and returns the Reply. */
  async hello(flaw: Flaw = {}): Promise<Uint8Array> {
    const size = 8 + (await this.need(8)).readUInt16LE(6);
    const hello = (await this.need(size)).subarray(0, size);
    this.input = this.input.subarray(size);
    const { message, base } = respond(hello, flaw);
    this.base = base;
    this.install(schedule.loginSecret(base), loginRecord);
    return packet(1, message);
  }

  /** Answers Hello and reads the Login. */
  async greet(): Promise<void> {
    this.socket.write(await this.hello());
    const [frame] = await this.receive();
    if (frame?.type !== MessageType.Login) throw new Error("no Login");
    this.login = frame.body;
  }

  /** All up to LoginOK, which leaves together with what more says. */
  async open(more: Uint8Array[] = []): Promise<void> {
    await this.greet();
    const body = LoginOK.encode(LoginOK.create({ session: new Uint8Array(16).fill(1), uid: 7n, heartbeat: 60, maxBody: 8192 }));
    const first = this.seal(encodeFrame(MessageType.LoginOK, body));
    this.install(schedule.sessionSecret(this.base, new Uint8Array(16).fill(1), this.login, body), sessionRecord);
    this.socket.write(Buffer.concat([first, ...more.map((plain) => this.seal(plain))]));
  }

  private install(secret: Uint8Array, most: number): void {
    this.opener = new Opener(aesGCM, schedule.up(secret), most);
    this.sealer = new Sealer(aesGCM, schedule.down(secret), most);
  }

  /** Returns a record. */
  seal(plain: Uint8Array): Uint8Array {
    return this.sealer.append([plain], 0);
  }

  /** Sends a frame in a record of its own. */
  send(type: number, body: Uint8Array): void {
    this.socket.write(this.seal(encodeFrame(type, body)));
  }

  /** Reads a record. */
  async receive(): Promise<Frame[]> {
    const size = 2 + (await this.need(2)).readUInt16LE(0);
    const { frames } = this.opener.next(await this.need(size));
    this.input = this.input.subarray(size);
    return frames;
  }
}

/** A gate for one test: serve has each connection. */
export class Gate {
  /** host:port. */
  readonly address: string;
  private failure: unknown;

  private constructor(private readonly server: Server, readonly peers: Peer[]) {
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(serve: (peer: Peer) => Promise<void> | void): Promise<Gate> {
    const peers: Peer[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const peer = new Peer(socket);
      socket.on("end", () => socket.end());
      peers.push(peer);
      Promise.resolve(serve(peer)).catch((e: unknown) => { gate.failure = e; });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const gate = new Gate(server, peers);
    return gate;
  }

  /** Ends when every client has closed its connection. */
  async stop(): Promise<void> {
    await Promise.all(this.peers.map((p) => p.closed));
    await new Promise((resolve) => this.server.close(resolve));
    if (this.failure !== undefined) throw this.failure;
  }
}
