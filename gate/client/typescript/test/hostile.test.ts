import assert from "node:assert/strict";
import { test } from "node:test";
import { Error_, Kicked, Refusal } from "@sim-im/msgdef";
import { parseRoots } from "../src/certificate.js";
import { CertificateError, ClosedError, GateError, KickedError, ProtocolError, RefusedError, stops } from "../src/errors.js";
import { splitFrames } from "../src/frames.js";
import { suites } from "../src/handshake.js";
import { Opener, Sealer, sessionRecord } from "../src/records.js";
import { Session } from "../src/session.js";
import { packet } from "./gate.js";
import { hex, rootsOf, vectors, type Vector } from "./vectors.js";

const typed = [ProtocolError, CertificateError, RefusedError, GateError];

function begin(v: Vector, roots = rootsOf(v)): Session {
  const seeds = { ephemeral: hex(v.client_ephemeral), mlkem: hex(v.client_mlkem_seed) };
  return new Session(v.suite, parseRoots(roots), hex(v.login), seeds);
}

/** What the session throws when it is fed, undefined when nothing. */
function fault(session: Session, data: Uint8Array, now: number): unknown {
  try {
    for (const f of session.feed(data, now)) assert.ok(f.type > 0);
    return undefined;
  } catch (e) {
    assert.ok(typed.some((c) => e instanceof c), String(e));
    return e;
  }
}

for (const v of vectors) {
  const now = v.now * 1000;
  const down = hex(v.reply + v.records.filter((r) => r.direction === "down").map((r) => r.records).join(""));
  const steps = suites[v.suite]!.hybrid ? 97 : 1;

  test(`suite ${v.suite}: what is cut short waits for more`, () => {
    for (let n = 0; n < down.length; n += steps) {
      const session = begin(v);
      assert.equal(fault(session, down.subarray(0, n), now), undefined);
      assert.equal(fault(session, down.subarray(n), now), undefined);
      assert.equal(session.ok?.uid, 42n);
    }
  });

  test(`suite ${v.suite}: no bit may flip`, () => {
    for (let bit = 0; bit < 8 * down.length; bit += 7 * steps) {
      const changed = Buffer.from(down);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const session = begin(v);
      // a length that grew within its bounds waits for bytes that never come: more of them end it
      const e = fault(session, changed, now) ?? fault(session, Buffer.alloc(20_000), now);
      assert.ok(e instanceof ProtocolError || e instanceof RefusedError, `bit ${bit}: ${String(e)}`);
    }
  });

  test(`suite ${v.suite}: a Reply for another Hello`, () => {
    const other = new Session(v.suite, parseRoots(rootsOf(v)), hex(v.login));
    assert.ok(fault(other, hex(v.reply), now) instanceof ProtocolError);
  });
}

const v = vectors[2]!;

test("certificates that do not hold", () => {
  const cases: [string, string, number, boolean][] = [
    ["unknown root", rootsOf(vectors[3]!), v.now, true],
    ["revoked", rootsOf(v, "9007199254740993"), v.now, true],
    ["not yet", rootsOf(v), v.now - 365 * 86400, true],
    ["expired", rootsOf(v), v.now + 365 * 86400, true],
  ];
  for (const [why, roots, now, temporary] of cases) {
    const e = fault(begin(v, roots), hex(v.reply), now * 1000);
    assert.ok(e instanceof CertificateError, why);
    assert.equal(e.temporary, temporary, why);
    assert.equal(stops(e), false, why);
  }
});

test("roots files", () => {
  const key = Buffer.alloc(32, 1).toString("base64");
  const serial = (text: string) => `{"roots": [{"key": "${key}", "min_serial": ${text}}]}`;
  const only = (text: string) => [...parseRoots(text).values()][0]!.minSerial;
  assert.equal(only(`{"roots": [{"key": "${key}"}]}`), 0n);
  assert.equal(only(serial("9007199254740993")), 9007199254740993n); // 2^53 + 1
  assert.equal(only(serial("18446744073709551615")), 18446744073709551615n);
  const many = Array.from({ length: 17 }, (_, i) => `{"key": "${Buffer.alloc(32, i).toString("base64")}"}`);
  parseRoots(`{"roots": [${many.slice(1).join()}]}`);
  const refused = [
    "", "null", "[]", "{}", '{"roots": []}', '{"roots": [1]}', '{"roots": {}}', `{"roots": [{"key": 1}]}`, `{"roots": [${many.join()}]}`,
    `{"roots": [{"key": "${key}"}, {"key": "${key}"}]}`, `{"roots": [{"key": "${key}"}], "root": 1}`, `{"roots": [{"key": "${key}", "min-serial": 1}]}`,
    `{"roots": [{"key": "${key.slice(1)}"}]}`, `{"roots": [{"key": "${key.replace("=", "")}"}]}`,
    ...["-1", "1.5", "1e3", "18446744073709551616", "null", "true", '"5"', "01"].map(serial),
  ];
  for (const text of refused) assert.throws(() => parseRoots(text), CertificateError, text);
});

test("refusals", () => {
  const body = Refusal.encode(Refusal.create({ code: 400, retryAfter: 500 }));
  const e = fault(begin(v), packet(2, body), 0);
  assert.ok(e instanceof RefusedError);
  assert.deepEqual([e.refusal.code, e.refusal.retryAfter], [400, 500]);
  assert.ok(fault(begin(v), packet(2, body.subarray(1)), 0) instanceof ProtocolError);
});

test("only a gate's own word stops a client", () => {
  const codes = [100, 103, 104, 105, 106, 200, 201, 205, 206, 207, 208, 302, 400, 403];
  const final = codes.filter((code) => stops(new GateError(Error_.create({ code }))));
  assert.deepEqual(final, [103, 104, 105, 106, 200, 201, 205, 206, 207, 208, 302]);
  for (const code of codes) {
    assert.ok(stops(new KickedError(Kicked.create({ code }))), `kicked with ${code}`);
    assert.ok(!stops(new RefusedError(Refusal.create({ code }))), `refused with ${code}`);
  }
  assert.ok(stops(new CertificateError("roots")) && !stops(new CertificateError("a stranger", true)));
  assert.ok(!stops(new ClosedError("silent")) && !stops(new ProtocolError("this is no gate")));
});

test("what is no Reply is refused as soon as it shows", () => {
  for (const bytes of ["00", "03", "48545450", "010000", "01ffff", "011010", "020110"]) {
    assert.ok(fault(begin(v), hex(bytes), 0) instanceof ProtocolError, bytes);
  }
  for (const n of [1, 31, 32, 95, 96, 4096]) {
    assert.ok(fault(begin(v), packet(1, Buffer.alloc(n)), 0) instanceof ProtocolError, `${n} bytes`); // of low order
    assert.ok(fault(begin(v), packet(1, Buffer.alloc(n, 9)), 0) instanceof ProtocolError, `${n} bytes`);
  }
});

/** Opens records with these plaintexts. */
function openAll(...plains: string[]): number[] {
  const { aead } = suites[3]!;
  const sealer = new Sealer(aead, Buffer.alloc(32, 5), sessionRecord);
  const opener = new Opener(aead, Buffer.alloc(32, 5), sessionRecord);
  return plains.flatMap((p) => opener.next(Buffer.from(sealer.append([hex(p)], 0))).frames.map((f) => f.type));
}

test("lengths of records", () => {
  for (const length of ["0000", "1000", "1140", "ffff"]) {
    const opener = new Opener(suites[3]!.aead, Buffer.alloc(32), sessionRecord);
    assert.throws(() => opener.next(hex(length)), ProtocolError, length);
  }
  assert.deepEqual(openAll("0180fc3f" + "00".repeat(16380)), [0x8001]);
});

test("KeyUpdates", () => {
  assert.throws(() => openAll("05000000"), ProtocolError, "first under its key");
  assert.throws(() => openAll("01800000", "0500000001800000"), ProtocolError, "not the last");
  assert.throws(() => openAll("01800000", "0500010000"), ProtocolError, "with a body");
});

test("frames", () => {
  assert.deepEqual(openAll("000000", "0180000002800000" + "0000000000"), [0x8001, 0x8002]);
  for (const plain of ["01", "0001", "00000100", "0000000001", "01800100", "0180ffff00", "0180000001"]) {
    assert.throws(() => splitFrames(hex(plain)), ProtocolError, plain);
  }
});
