/**
 * Holds a generated package against known answers and strange bytes:
 *
 *     node driver.js PACKAGE/dist/index.js [VECTORS.json…]
 *     node driver.js --to-json PACKAGE/dist/index.js
 *     node driver.js --from-json PACKAGE/dist/index.js
 *
 * With vectors it checks them, names each that fails and exits with 1. Without
 * it reads lines "TYPE HEX" and answers each with "ok HEX", what the decoded value
 * encodes to, or with short, limit or malformed; --to-json answers with JSON
 * instead of HEX, and --from-json is asked it.
 */
import { readFileSync } from "node:fs";
import type { Codec } from "./msgdef/dist/index.js";
import { fromHex, toHex } from "./hex.js";
import { same, shown } from "./shown.js";

/** A claim of a file of vectors; see section 18 of PROTOCOL.md. */
interface Vector {
  readonly type: string;
  readonly why: string;
  readonly hex: string;
  readonly fields?: unknown;
  readonly decodes?: unknown;
  readonly error?: string;
}

type Value = Record<string, unknown>;
type Package = Record<string, Codec<Value> | undefined>;

const args = process.argv.slice(2);
const mode = args[0]?.startsWith("--") === true ? args.shift() : "";
const definitions = (await import(new URL(args.shift() ?? "", `file://${process.argv[1]}`).href)) as Package;

if (args.length > 0) vectors(args);
else answers(readFileSync(0, "utf8"));

function codec(type: string): Codec<Value> {
  const found = definitions[type]?.name === type ? definitions[type] : definitions[type + "_"];
  if (found === undefined) throw new Error(`there is no ${type}`);
  return found;
}

function answers(input: string): void {
  const lines = input.split("\n").filter((line) => line !== "");
  console.log(lines.map((line) => attempt(() => answer(line))).join("\n"));
}

function answer(line: string): string {
  const space = line.indexOf(" ");
  const type = codec(line.slice(0, space));
  const rest = line.slice(space + 1).trim();
  if (mode === "--from-json") return toHex(type.encode(type.fromJSON(JSON.parse(rest))));
  const m = type.decode(fromHex(rest));
  return mode === "--to-json" ? JSON.stringify(type.toJSON(m)) : toHex(type.encode(m));
}

/** Returns ok with what f returns, or the class of its error. Another error is an answer that nobody expects. */
function attempt(f: () => string): string {
  try {
    return "ok " + f();
  } catch (e) {
    const kind = (e as { kind?: unknown }).kind;
    return typeof kind === "string" ? kind : String(e);
  }
}

function vectors(paths: readonly string[]): void {
  let checked = 0;
  for (const path of paths) {
    const file = JSON.parse(readFileSync(path, "utf8")) as { messages: Vector[]; refused: Vector[] };
    for (const v of [...file.messages, ...file.refused]) {
      checked++;
      const result = attempt(() => check(v));
      const want = v.error ?? "ok ";
      if (result === want) continue;
      console.error(`${v.type}, ${v.why}: want ${want}, got ${result}`);
      process.exitCode = 1;
    }
  }
  console.log(`${checked} vectors`);
}

/** Returns what is wrong, or nothing. */
function check(v: Vector): string {
  const type = codec(v.type);
  const m = type.decode(fromHex(v.hex));
  const exact = v.fields !== undefined;
  if (!same(shown(m), exact ? v.fields : v.decodes)) return `decodes to ${JSON.stringify(shown(m))}`;
  const hex = toHex(type.encode(type.create(m)));
  if ((hex === v.hex) !== exact) return `encodes to ${hex}`;
  const back = type.fromJSON(JSON.parse(JSON.stringify(type.toJSON(m))));
  if (JSON.stringify(shown(back)) !== JSON.stringify(shown(m))) return `JSON keeps ${JSON.stringify(shown(back))}`;
  return "";
}
