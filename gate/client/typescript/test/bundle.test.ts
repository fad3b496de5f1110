import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

test("only tcp.js needs TCP, and it is loaded when it is used", () => {
  const folder = new URL("../src/", import.meta.url);
  for (const name of readdirSync(folder).filter((n) => n.endsWith(".js"))) {
    const text = readFileSync(new URL(name, folder), "utf8");
    assert.equal(/["']node:net["']/.test(text), name === "tcp.js", name);
    assert.doesNotMatch(text, /from ["']\.\/tcp\.js["']/, name);
  }
});
