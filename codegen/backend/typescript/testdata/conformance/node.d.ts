// What the driver uses of Node, so that only the compiler has to be installed.

declare module "node:fs" {
  export function readFileSync(path: string | number, encoding: "utf8"): string;
  export function writeSync(fd: number, text: string): number;
}

declare const process: {
  readonly argv: readonly string[];
  exitCode: number;
};
