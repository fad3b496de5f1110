// A client that is driven by lines of JSON: {"type", "hex"} sends a frame. What
// happens is written as lines of JSON. It ends when its input does.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Client, GateError, KickedError, stops } from "@sim-im/client";

const [server, roots, account, secret, token, suite, device] = process.argv.slice(2) as [string, string, string, string, string, string, string];

function tell(event: string, more: object = {}): void {
  console.log(JSON.stringify({ event, ...more }));
}

function failure(e: Error | undefined): object {
  const code = e instanceof GateError ? e.answer.code : e instanceof KickedError ? e.kicked.code : 0;
  return { name: e?.name ?? "", code, stops: e !== undefined && stops(e) };
}

const begun = performance.now();
try {
  const client = await Client.connect({
    server, account, device: BigInt(device), roots: readFileSync(roots, "utf8"), suites: [Number(suite)],
    ...(token === "" ? { password: secret } : { token: Buffer.from(token, "hex") }),
    onFrame: (f) => tell("frame", { type: f.type, hex: Buffer.from(f.body).toString("hex") }),
    onError: (e) => tell("refused", failure(e)),
    onClose: (e) => {
      tell("closed", failure(e));
      process.stdin.destroy();
    },
  });
  const { uid, token: issued } = client.welcome;
  tell("open", { uid: Number(uid), hex: Buffer.from(issued).toString("hex"), ms: Math.round(performance.now() - begun) });
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const { type, hex } = JSON.parse(line) as { type: number; hex: string };
    client.send(type, Buffer.from(hex, "hex"));
  });
  lines.on("close", () => client.close());
} catch (e) {
  tell("failed", failure(e as Error));
  process.stdin.destroy();
}
