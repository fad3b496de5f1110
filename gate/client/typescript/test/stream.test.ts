import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ClosedError, ProtocolError } from "../src/index.js";
import { openerOf, type Events, type Stream } from "../src/stream.js";

/** A WebSocket as the platform's, whose other end is the test. */
class Wire {
  static readonly OPEN = 1;
  static last: Wire;
  readyState = 0;
  bufferedAmount = 7;
  binaryType = "blob";
  sent: Uint8Array[] = [];
  onopen = (): void => undefined;
  onmessage = (_: { data: unknown }): void => undefined;
  onclose = (_: { code: number }): void => undefined;

  constructor(readonly url: string, readonly protocol: string) {
    Wire.last = this;
  }

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  close(): void {
    this.readyState = 2;
  }
}

const platform = globalThis.WebSocket;
afterEach(() => { globalThis.WebSocket = platform; });

/** Opens a stream, and returns what it tells. */
async function open(): Promise<{ wire: Wire; stream: Stream; told: unknown[] }> {
  (globalThis as { WebSocket: unknown }).WebSocket = Wire;
  const told: unknown[] = [];
  const events: Events = {
    opened: () => told.push("opened"), received: (b) => told.push([...b]), failed: (e) => told.push(e), closed: () => told.push("closed"),
  };
  const stream = (await openerOf("ws://h:1/sim"))(events);
  return { wire: Wire.last, stream, told };
}

test("bytes over WebSocket", async () => {
  const { wire, stream, told } = await open();
  assert.deepEqual([wire.url, wire.protocol, wire.binaryType, stream.unsent], ["ws://h:1/sim", "sim.1", "arraybuffer", 7]);
  stream.write(Uint8Array.of(1)); // too early
  wire.readyState = Wire.OPEN;
  wire.onopen();
  const all = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
  stream.write(all);
  assert.deepEqual(wire.sent.map((b) => b.length), [32768, 32768, 4464]);
  assert.deepEqual(Buffer.concat(wire.sent), Buffer.from(all));
  wire.onmessage({ data: Uint8Array.of(1, 2).buffer });
  stream.end();
  stream.write(all);
  assert.equal(wire.sent.length, 3);
  wire.onclose({ code: 1000 });
  assert.deepEqual([told.slice(0, 2), told.slice(3)], [["opened", [1, 2]], ["closed"]]);
  assert.ok(told[2] instanceof ClosedError);
});

test("text over WebSocket", async () => {
  const { wire, told } = await open();
  wire.onmessage({ data: "hello" });
  assert.ok(told[0] instanceof ProtocolError);
});

test("a platform without WebSocket", async () => {
  (globalThis as { WebSocket: unknown }).WebSocket = undefined;
  await assert.rejects(openerOf("ws://h:1/sim"), RangeError);
  await openerOf("h:1");
});
