/**
 * Streams over WebSocket, for browsers and node 22 or later. Bytes travel in
 * binary messages, whose bounds mean nothing.
 */
import { ClosedError, ProtocolError } from "./errors.js";
import type { Events, Stream } from "./stream.js";

/** What both ends name in the handshake. */
const subprotocol = "sim.1";

/** The most bytes that a gate takes in a message. */
const messageSize = 32768;

/**
 * Returns the URL of a server that is to be reached over WebSocket, and undefined
 * for host:port. Throws RangeError for a URL that no gate serves, and where there
 * is no WebSocket.
 */
export function webSocketURL(server: string): string | undefined {
  if (!server.includes("://")) return undefined;
  let url: URL;
  try {
    url = new URL(server);
  } catch (e) {
    throw new RangeError(`server ${JSON.stringify(server)} is not a URL`, { cause: e });
  }
  const { protocol, search, hash, username, password } = url;
  if (protocol !== "ws:" && protocol !== "wss:") throw new RangeError(`server ${JSON.stringify(server)}, want host:port, ws:// or wss://`);
  // they would be written down by proxies; a login travels inside the session
  if (search + hash + username + password !== "") throw new RangeError("the server's URL has more than a host and a path");
  if (globalThis.WebSocket === undefined) throw new RangeError("there is no WebSocket here: take node 22 or later, or host:port over TCP");
  return url.href;
}

/** Begins to connect to a URL. */
export function openWebSocket(url: string, events: Events): Stream {
  const socket = new WebSocket(url, subprotocol);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.opened();
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) events.received(new Uint8Array(data));
    else events.failed(new ProtocolError("the gate sends text"));
  };
  socket.onclose = ({ code }) => { // an error has no more to tell, and is followed by this
    events.failed(new ClosedError(`the gate closed the connection, or cannot be reached: WebSocket code ${code}`));
    events.closed();
  };
  return {
    get unsent() { return socket.bufferedAmount; },
    write: (bytes) => {
      if (socket.readyState !== WebSocket.OPEN) return; // the close event is under way
      for (let i = 0; i < bytes.length; i += messageSize) socket.send(new Uint8Array(bytes.subarray(i, i + messageSize)));
    },
    end: () => socket.close(),
    destroy: () => socket.close(),
  };
}
