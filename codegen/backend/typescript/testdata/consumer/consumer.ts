/** Uses the installed package as an application would. What must not compile stands behind @ts-expect-error. */
import {
  type Ack, codecs, ContentKind, contentKindName, type Dispatched, dispatchDown, dispatchUp, type DownHandler, Error_, MessageType, messageTypeName,
  Send, SendAck, type UpCodec, type UpHandler, WireError,
} from "@sim-im/msgdef";

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Returns what f throws. */
function fault(f: () => unknown): WireError {
  try {
    f();
  } catch (e) {
    if (e instanceof WireError) return e;
    throw e;
  }
  throw new Error("nothing was thrown");
}

const frames: { type: number; body: Uint8Array }[] = [];

function send<T>(codec: UpCodec<T>, message: T): void {
  frames.push({ type: codec.type, body: codec.encode(message) });
}

const text = new TextEncoder().encode("hello");
send(Send, Send.create({ counter: 2n ** 64n - 1n, kind: ContentKind.Text, body: text }));
// @ts-expect-error: a SendAck flows down
send(SendAck, SendAck.create());
// @ts-expect-error: a bigint is no number
Send.create({ counter: 1 });
// @ts-expect-error: there is no such field
Send.create({ count: 1n });

// Messages reach a handler of their direction, and what it returns comes back.
const got: Send[] = [];
const other = (): string => "other";
const up: UpHandler<string> = new Proxy({}, {
  get: (_, method) => (method === "handleSend" ? (m: Send) => { got.push(m); return "sent"; } : other),
}) as UpHandler<string>;
const frame = frames[0] ?? { type: 0, body: text };
const result: Dispatched<string> = dispatchUp(frame.type, frame.body, up);
check(result.handled && result.result === "sent", "a Send reaches its handler");
check(got[0]?.counter === 18446744073709551615n && got[0].kind === ContentKind.Text && got[0].body.length === 5, "its fields arrive");
const unknown = dispatchUp(0x9000, text, up);
check(!unknown.handled && unknown.reason === "unknown" && unknown.type === 0x9000, "an unknown type is reported");
const wrong = dispatchUp(MessageType.SendAck, text, up);
check(!wrong.handled && wrong.reason === "direction", "a type that flows the other way is reported");
check(fault(() => dispatchUp(MessageType.Send, text, up)).kind === "short", "a body that is cut short");
declare const down: DownHandler;
// @ts-expect-error: a handler of the other direction
const never = (): unknown => dispatchUp(frame.type, frame.body, down);
// @ts-expect-error: a handler must take every message
const partial: DownHandler = { handleSendAck: (_: SendAck) => undefined };
check(typeof never === "function" && typeof partial === "object" && typeof dispatchDown === "function", "these are used");

// Everything that is wrong with a value is reported at once, with its field.
const wrongs = fault(() => Send.encode(Send.create({ counter: -1n, conv: new Uint8Array(3), kind: 256, body: new Uint8Array(8193) })));
check(wrongs.all.map((e) => `${e.field} ${e.kind}`).join() === "Send.Counter malformed,Send.Conv malformed,Send.Kind malformed,Send.Body limit", wrongs.message);
check(fault(() => Error_.encode(Error_.create({ detail: "\ud800" }))).kind === "malformed", "half of a surrogate pair has no UTF-8");
check(fault(() => Send.encode(null as unknown as Send)).kind === "malformed", "null is no message");
check(fault(() => Send.encode({} as Send)).all.length === 7, "nor is an empty object");

// Decoding copies, also from a view into a larger buffer.
const large = new Uint8Array(frame.body.length + 10);
large.set(frame.body, 5);
const copy = Send.decode(large.subarray(5, 5 + frame.body.length));
large.fill(0);
check(copy.body[0] === text[0] && Send.encode(copy).length === frame.body.length, "a decoded message keeps its bytes");

// The table has every message; each has a JSON form, and no truncation of it breaks anything.
for (const [type, codec] of codecs) {
  check(codec.type === type && messageTypeName(type) === codec.name, `${codec.name} is in its place`);
  const bytes = codec.encode(codec.create());
  const again = codec.encode(codec.fromJSON(JSON.parse(JSON.stringify(codec.toJSON(codec.decode(bytes))))));
  check(bytes.join() === again.join(), `${codec.name} survives JSON`);
  check(codec.encode(codec.fromJSON({ unknown: 1 })).join() === bytes.join(), `${codec.name} has zero for what is missing`);
  check(fault(() => codec.fromJSON(null)).kind === "malformed", `${codec.name} is not null`);
  const younger = new Map([["Login", [1]], ["Send", [1]], ["SendAck", [4]], ["GetSignIns", [1]], ["ConvPage", [8, 16]], ["GetPresence", [16]], ["Presence", [12]], ["WatchPresence", [11]], ["WatchingPresence", [1]]]).get(codec.name) ?? []; // bytes after an older generation
  for (let n = 0; n < bytes.length; n++) if (!younger.includes(bytes.length - n)) check(fault(() => codec.decode(bytes.subarray(0, n))).kind === "short", `${codec.name} cut at ${n}`);
}
check(codecs.size > 20, "there are messages");
check(contentKindName(1) === "text" && contentKindName(77) === "ContentKind(77)", "values have names");
check(messageTypeName(0x9000) === "MessageType(0x9000)", "unknown types have numbers");
const ack: Ack = { uSeq: 1n };
check(ack.uSeq === 1n, "interfaces are types");
