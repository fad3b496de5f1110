import assert from "node:assert/strict";
import { test } from "node:test";
import { Error_, Kicked, LoginOK, MessageType, Pong, Refusal } from "@sim-im/msgdef";
import { CertificateError, Client, ClosedError, GateError, KickedError, ProtocolError, RefusedError, type Options } from "../src/index.js";
import { encodeFrame } from "../src/frames.js";
import { Gate, packet, roots, type Peer } from "./gate.js";

function options(gate: Gate, more: Partial<Options> = {}): Options {
  return { server: gate.address, roots, account: "ann", password: "secret", suites: [3], ...more };
}

/** Connects to a gate that serves so, and returns why the promise is refused. */
async function refusal(serve: (p: Peer) => Promise<void> | void, more: Partial<Options> = {}): Promise<unknown> {
  const gate = await Gate.start(serve);
  const e = await Client.connect(options(gate, more)).then(() => undefined, (e: unknown) => e);
  await gate.stop();
  return e;
}

/** Opens a session, has the gate do something, and returns why it ended and what came. */
async function ending(serve: (p: Peer) => Promise<void> | void, more: Partial<Options> = {}): Promise<{ reason: unknown; frames: number[]; errors: number[] }> {
  const gate = await Gate.start(async (p) => {
    await p.open();
    await serve(p);
  });
  const frames: number[] = [];
  const errors: number[] = [];
  const reason = await new Promise<unknown>((resolve, reject) => {
    Client.connect(options(gate, {
      onFrame: (f) => frames.push(f.type), onError: (e) => errors.push(e.answer.code), onClose: resolve, ...more,
    })).catch(reject);
  });
  await gate.stop();
  return { reason, frames, errors };
}

function errorBody(code: number, of: number = MessageType.Login): Uint8Array {
  return Error_.encode(Error_.create({ of, code, detail: "no\u001b[2J" }));
}

test("a conversation", async () => {
  const gate = await Gate.start(async (p) => {
    await p.open([encodeFrame(0x8001, Uint8Array.of(1))]); // a frame right behind LoginOK
    const [first, second] = await p.receive();
    assert.deepEqual([first?.type, second?.type, second?.body.length], [0x8002, 0x8003, 2]);
    for (const byte of p.seal(encodeFrame(0x8004, Buffer.alloc(300)))) p.socket.write(Uint8Array.of(byte));
    p.send(0x8005, Buffer.alloc(16380));
    assert.equal((await p.receive())[0]?.type, 0x8006); // what was sent before close
  });
  const got: [number, number][] = [];
  let closed: unknown = "not yet";
  let client: Client | undefined;
  const all = new Promise<void>((resolve) => {
    const onFrame: Options["onFrame"] = (f) => {
      got.push([f.type, f.body.length]);
      if (f.type === 0x8005) resolve();
    };
    void Client.connect(options(gate, { onFrame, onClose: (e) => { closed = e; } })).then((c) => {
      client = c;
      assert.equal(c.welcome.uid, 7n);
      c.send(0x8002, new Uint8Array());
      c.send(0x8003, Uint8Array.of(1, 2)); // in the same record
      assert.equal(c.unsent, 10);
    });
  });
  await all;
  assert.deepEqual(got, [[0x8001, 1], [0x8004, 300], [0x8005, 16380]]);
  assert.ok(client !== undefined);
  client.send(0x8006, new Uint8Array());
  client.close();
  client.close();
  assert.equal(closed, undefined);
  assert.throws(() => client!.send(0x8006, new Uint8Array()), ClosedError);
  await gate.stop();
});

test("frames that a client cannot send", async () => {
  const gate = await Gate.start((p) => p.open());
  const client = await Client.connect(options(gate));
  for (const type of [0, 65536, 1.5, MessageType.Login, MessageType.KeyUpdate, MessageType.SendAck]) {
    assert.throws(() => client.send(type, new Uint8Array()), RangeError, String(type));
  }
  assert.throws(() => client.send(0x8001, new Uint8Array(16381)), RangeError);
  client.close();
  await gate.stop();
});

test("options that cannot be", async () => {
  const good: Options = { server: "127.0.0.1:1", roots, account: "ann", password: "x" };
  const bad: Partial<Options>[] = [
    { server: "127.0.0.1" }, { server: ":1" }, { server: "h:0" }, { server: "h:65536" }, { server: "::1:7100" },
    { server: "http://h/sim" }, { server: "ws://" }, { server: "ws://h/sim?token=x" }, { server: "wss://ann:x@h/sim" }, { server: "ws://h/#x" },
    { suites: [] }, { suites: [5] }, { suites: [1, 1] }, { password: "" }, { password: "x".repeat(2049) }, { account: "x".repeat(65) },
    { device: 1n << 64n },
  ];
  for (const b of bad) await assert.rejects(Client.connect({ ...good, ...b }), RangeError, JSON.stringify(Object.keys(b)));
  await assert.rejects(Client.connect({ ...good, roots: "{}" }), CertificateError);
  await assert.rejects(Client.connect(good), ClosedError); // nobody listens at port 1
});

test("logins that are refused", async () => {
  for (const code of [106, 200, 201, 302, 400]) {
    const e = await refusal(async (p) => {
      await p.greet();
      p.send(MessageType.Error, errorBody(code));
    });
    assert.ok(e instanceof GateError);
    assert.equal(e.answer.code, code);
    assert.doesNotMatch(e.message, /\u001b/);
  }
});

test("answers that are none", async () => {
  const cases: [string, (p: Peer) => Promise<void>][] = [
    ["another frame", async (p) => { await p.greet(); p.send(MessageType.Pong, Pong.encode({ nonce: 1n, head: 0n })); }],
    ["a LoginOK cut short", async (p) => { await p.greet(); p.send(MessageType.LoginOK, new Uint8Array(9)); }],
    ["an Error cut short", async (p) => { await p.greet(); p.send(MessageType.Error, new Uint8Array(3)); }],
    ["garbage", async (p) => { await p.greet(); p.socket.write(Buffer.alloc(8000, 0x14)); }],
    ["a flood", (p) => { p.socket.write(Buffer.alloc(1 << 24)); return Promise.resolve(); }],
  ];
  for (const [why, serve] of cases) assert.ok((await refusal(serve)) instanceof ProtocolError, why);
  const refused = packet(2, Refusal.encode(Refusal.create({ code: 403 })));
  assert.ok((await refusal((p) => { p.socket.end(refused); })) instanceof RefusedError);
});

test("gates not to be trusted", async () => {
  const now = BigInt(Math.floor(Date.now() / 1000));
  for (const flaw of [{ serial: 2n }, { notAfter: now - 9n }, { notBefore: now + 900n }, { key: new Uint8Array(32) }, { minVersion: 2 }]) {
    assert.ok((await refusal(async (p) => { p.socket.write(await p.hello(flaw)); })) instanceof CertificateError);
  }
});

test("gates that close, half or whole, or are silent", async () => {
  assert.ok((await refusal((p) => { p.socket.end(); })) instanceof ClosedError);
  assert.ok((await refusal((p) => { p.socket.resetAndDestroy(); })) instanceof ClosedError);
  assert.ok((await refusal(async (p) => { p.socket.end((await p.hello()).subarray(0, 50)); })) instanceof ClosedError);
  assert.ok((await refusal(async (p) => { await p.greet(); }, { timeout: 50 })) instanceof ClosedError);
  // a byte now and then does not help
  const drip = (p: Peer): void => {
    const timer = setInterval(() => p.socket.write(Uint8Array.of(1)), 10);
    void p.closed.then(() => clearInterval(timer));
  };
  const e = await refusal(async (p) => { p.socket.write(Uint8Array.of(1, 0, 16)); await p.hello(); drip(p); }, { timeout: 100 });
  assert.ok(e instanceof ClosedError);
  assert.ok((await ending((p) => { p.socket.end(); })).reason instanceof ClosedError);
});

test("a gate that does not close its side is left alone", async () => {
  const gate = await Gate.start(async (p) => {
    p.socket.removeAllListeners("end");
    await p.open();
    const timer = setInterval(() => p.socket.write(Uint8Array.of(1)), 10); // until it is reset
    void p.closed.then(() => clearInterval(timer));
  });
  (await Client.connect(options(gate))).close();
  await gate.stop();
});

test("endings", async () => {
  const kicked = await ending((p) => { p.send(MessageType.Kicked, Kicked.encode({ code: 204, detail: "x" })); });
  assert.ok(kicked.reason instanceof KickedError);
  assert.equal(kicked.reason.kicked.code, 204);
  const errors = await ending((p) => {
    for (const code of [305, 400, 999, 101, 303]) p.send(MessageType.Error, errorBody(code, 0x8001));
  });
  assert.ok(errors.reason instanceof GateError);
  assert.deepEqual([errors.reason.answer.code, errors.errors], [101, [305, 400, 999]]);
  const goAway = await ending((p) => {
    p.send(MessageType.GoAway, Uint8Array.of(1, 0, 0, 0));
    p.send(0x7fff, new Uint8Array());
    p.socket.end();
  });
  assert.ok(goAway.reason instanceof ClosedError);
  assert.deepEqual(goAway.frames, [MessageType.GoAway, 0x7fff]);
});

test("what breaks an open session", async () => {
  const cases: [string, (p: Peer) => void][] = [
    ["a frame of clients", (p) => p.send(MessageType.Send, new Uint8Array(50))],
    ["a second LoginOK", (p) => p.send(MessageType.LoginOK, LoginOK.encode(LoginOK.create()))],
    ["a Pong cut short", (p) => p.send(MessageType.Pong, new Uint8Array(3))],
    ["a Kicked cut short", (p) => p.send(MessageType.Kicked, new Uint8Array(1))],
    ["padding", (p) => p.socket.write(p.seal(Uint8Array.of(0, 0, 0, 0, 1)))],
    ["a record again", (p) => { const r = p.seal(encodeFrame(0x8001, new Uint8Array())); p.socket.write(Buffer.concat([r, r])); }],
    ["a flood", (p) => { p.socket.write(Buffer.alloc(1 << 24, 0x20)); }],
  ];
  for (const [why, serve] of cases) assert.ok((await ending(serve)).reason instanceof ProtocolError, why);
});

test("an application that throws", async () => {
  const mine = new Error("mine");
  const one = (p: Peer) => p.send(0x8001, new Uint8Array());
  assert.equal((await ending(one, { onFrame: () => { throw mine; } })).reason, mine);
  const undecodable = { onFrame: () => { Pong.decode(new Uint8Array()); } };
  assert.ok((await ending(one, undecodable)).reason instanceof ProtocolError);
});

test("pings, and a gate that does not answer", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let answered!: () => void;
  const answer = new Promise<void>((resolve) => { answered = resolve; });
  let pinged!: () => void;
  const second = new Promise<void>((resolve) => { pinged = resolve; });
  const gate = await Gate.start(async (p) => {
    await p.open();
    assert.equal((await p.receive())[0]?.type, MessageType.Ping);
    p.send(MessageType.Pong, Pong.encode({ nonce: 1n, head: 9n }));
    assert.equal((await p.receive())[0]?.type, MessageType.Ping);
    pinged();
  });
  const reasons: (Error | undefined)[] = [];
  await Client.connect(options(gate, { onFrame: () => answered(), onClose: (e) => reasons.push(e) }));
  t.mock.timers.tick(60_000);
  await answer;
  t.mock.timers.tick(10_000); // the pong came: nothing happens
  assert.equal(reasons.length, 0);
  t.mock.timers.tick(50_000);
  await second;
  t.mock.timers.tick(10_000);
  assert.ok(reasons[0] instanceof ClosedError);
  await gate.stop();
});
