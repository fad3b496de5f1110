import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRoots, verifyCertificate } from "../src/certificate.js";
import { Handshake, suites } from "../src/handshake.js";
import * as schedule from "../src/keyschedule.js";
import { MLKEMKey } from "../src/mlkem.js";
import { Opener, Sealer, sessionRecord } from "../src/records.js";
import { Session } from "../src/session.js";
import { splitFrames } from "../src/frames.js";
import { hex, rootsOf, vectors, type Traffic, type Vector } from "./vectors.js";

function text(b: Uint8Array): string {
  return Buffer.from(b).toString("hex");
}

/** Fixes what a client draws. */
function seeds(v: Vector): { ephemeral: Uint8Array; mlkem: Uint8Array } {
  return { ephemeral: hex(v.client_ephemeral), mlkem: hex(v.client_mlkem_seed) };
}

function checkTraffic(secret: Uint8Array, want: Traffic): Uint8Array {
  const { key, iv, next } = schedule.traffic(secret);
  assert.deepEqual({ secret: text(secret), key: text(key), iv: text(iv) }, want);
  return next;
}

for (const v of vectors) {
  const { aead, hybrid } = suites[v.suite]!;

  test(`suite ${v.suite}: handshake`, () => {
    const handshake = new Handshake(v.suite, seeds(v));
    assert.equal(text(handshake.hello), v.hello);
    assert.equal(text(handshake.finish(hex(v.reply), parseRoots(rootsOf(v)), v.now * 1000)), v.base);
  });

  test(`suite ${v.suite}: certificate`, () => {
    const body = hex(v.certificate).subarray(1);
    const name = verifyCertificate(hex(v.certificate), parseRoots(rootsOf(v)), body.subarray(0, 32), v.now * 1000).name;
    assert.equal(name, "gate-1");
  });

  test(`suite ${v.suite}: key schedule`, () => {
    const base = schedule.baseSecret(hex(v.handshake_hash), [hex(v.k1), hex(v.k2)], hex(v.mlkem_secret));
    assert.equal(text(base), v.base);
    const login = schedule.loginSecret(base);
    checkTraffic(schedule.up(login), v.login_up);
    checkTraffic(schedule.down(login), v.login_down);
    const session = schedule.sessionSecret(base, hex(v.session_id), hex(v.login), hex(v.login_ok));
    assert.equal(text(session), v.session_secret);
    checkTraffic(checkTraffic(schedule.up(session), v.session_up), v.next_up);
    checkTraffic(checkTraffic(schedule.down(session), v.session_down), v.next_down);
  });

  test(`suite ${v.suite}: records and KeyUpdates`, () => {
    const sealer = new Sealer(aead, hex(v.session_up.secret), sessionRecord, v.records_until_next);
    const sealGate = new Sealer(aead, hex(v.session_down.secret), sessionRecord, v.records_until_next);
    const opener = new Opener(aead, hex(v.session_down.secret), sessionRecord);
    for (const r of v.records.slice(2)) {
      const seal = r.direction === "up" ? sealer : sealGate;
      assert.equal(text(seal.append([hex(r.frames)], 0)), r.records);
      if (r.direction === "down") assert.equal(framesOf(opener, hex(r.records)), r.frames);
    }
  });

  test(`suite ${v.suite}: a session, in pieces of one byte`, () => {
    const session = new Session(v.suite, parseRoots(rootsOf(v)), hex(v.login), seeds(v));
    assert.equal(text(session.take()), v.hello);
    const down = v.records.filter((r) => r.direction === "down");
    let got = "";
    let login: Uint8Array = new Uint8Array();
    for (const [i, byte] of hex(v.reply + down.map((r) => r.records).join("")).entries()) {
      for (const f of session.feed(Uint8Array.of(byte), v.now * 1000)) got += text(frame(f.type, f.body));
      if (i === hex(v.reply).length - 1) login = session.take();
    }
    assert.equal(text(login), v.records[0]!.records);
    assert.equal(got, down.map((r) => r.frames).join(""));
    assert.equal(session.ok?.uid, 42n);
    session.send([hex(v.records[2]!.frames)], 0);
    assert.equal(text(session.take()), v.records[2]!.records);
  });

  if (hybrid) {
    test(`suite ${v.suite}: ML-KEM refuses a changed ciphertext in silence`, () => {
      const key = new MLKEMKey(hex(v.client_mlkem_seed));
      const sealed = Buffer.alloc(1088, 7);
      assert.equal(text(key.decapsulate(sealed)), text(key.decapsulate(sealed)));
      const other = Buffer.from(sealed);
      other[0]! ^= 1;
      assert.notEqual(text(key.decapsulate(sealed)), text(key.decapsulate(other)));
    });
  }
}

/** Opens all records and returns the frames again. */
function framesOf(opener: Opener, data: Buffer): string {
  let out = "";
  while (data.length > 0) {
    const { frames, size } = opener.next(data);
    assert.notEqual(size, 0);
    for (const f of frames) out += text(frame(f.type, f.body));
    data = data.subarray(size);
  }
  return out;
}

function frame(type: number, body: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(type, 0);
  header.writeUInt16LE(body.length, 2);
  assert.equal(splitFrames(Buffer.concat([header, body])).length, 1);
  return Buffer.concat([header, body]);
}
