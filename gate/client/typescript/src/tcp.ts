/** Streams over TCP, which node has and browsers have not. */
import { connect } from "node:net";
import { ClosedError } from "./errors.js";
import type { Events, Stream } from "./stream.js";

/** Begins to connect to an address. */
export function openTCP(address: { host: string; port: number }, events: Events): Stream {
  const socket = connect({ ...address, noDelay: true });
  socket.on("connect", () => events.opened());
  socket.on("data", (data) => events.received(data));
  socket.on("error", (e) => events.failed(new ClosedError(e.message, { cause: e })));
  socket.on("end", () => events.failed(new ClosedError("the gate closed the connection")));
  socket.on("close", () => events.closed());
  return {
    get unsent() { return socket.writableLength; },
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}
