/** What carries the bytes of a session, and how it is chosen by the server's address. */
import { parseAddress } from "./options.js";
import { webSocketURL, openWebSocket } from "./websocket.js";

/** The bytes of a connection. What is written before opened was told is lost. */
export interface Stream {
  /** Bytes that were written and have not left this machine. */
  readonly unsent: number;
  write(bytes: Uint8Array): void;
  /** Closes after what was written. */
  end(): void;
  /** Closes at once, as far as the platform lets one. */
  destroy(): void;
}

/** Told by a stream; the first three may also come after end or destroy, and are then of no interest. */
export interface Events {
  opened(): void;
  received(bytes: Uint8Array): void;
  /** The peer, or the network, ends the stream. */
  failed(reason: Error): void;
  /** Told once and last. */
  closed(): void;
}

/** Begins to connect. */
export type Opener = (events: Events) => Stream;

/**
 * Chooses how to connect to a server: a ws or wss URL goes over the platform's
 * WebSocket, host:port over TCP. What TCP needs of node is loaded only then, so
 * that a bundle for browsers does without. Refused with RangeError for an address
 * that is neither, or where there is no WebSocket.
 */
export async function openerOf(server: string): Promise<Opener> {
  const url = webSocketURL(server);
  if (url !== undefined) return (events) => openWebSocket(url, events);
  const address = parseAddress(server);
  const { openTCP } = await import("./tcp.js");
  return (events) => openTCP(address, events);
}
