/**
 * Hello and Reply.
 *
 *     Hello: "SIM" ‖ version ‖ suite ‖ codec ‖ u16 length ‖ Noise message 1
 *     Reply: kind ‖ u16 length ‖ Noise message 2, or an encoded Refusal
 */
import { ClientHello, Refusal, ServerHello } from "@sim-im/msgdef";
import { verifyCertificate, type Roots } from "./certificate.js";
import { decode, ProtocolError, RefusedError } from "./errors.js";
import { baseSecret } from "./keyschedule.js";
import { MLKEMKey } from "./mlkem.js";
import { aesGCM, chaChaPoly, Initiator, type AEAD } from "./noise.js";
import { version } from "./version.js";

/** The suites, by their number in Hello. */
export const suites: Record<number, { aead: AEAD; hybrid: boolean }> = {
  1: { aead: aesGCM, hybrid: true },
  2: { aead: chaChaPoly, hybrid: true },
  3: { aead: aesGCM, hybrid: false },
  4: { aead: chaChaPoly, hybrid: false },
};

const binary = 1;
const maxMessage = 4096;
const ciphertextSize = 1088;

/** Fixed randomness, for known answers only. */
export interface Seeds {
  /** X25519 private key, 32 bytes. */
  ephemeral: Uint8Array;
  /** d ‖ z of ML-KEM, 64 bytes, in a hybrid suite. */
  mlkem?: Uint8Array;
}

/** One handshake: hello is to be sent, finish takes the Reply. */
export class Handshake {
  /** The packet. */
  readonly hello: Uint8Array;
  /** Of the suite. */
  readonly aead: AEAD;
  private readonly noise: Initiator;
  private readonly kem: MLKEMKey | undefined;

  constructor(suite: number, seeds?: Seeds) {
    const chosen = suites[suite];
    if (chosen === undefined) throw new RangeError(`suite ${suite}, want 1 to 4`);
    this.aead = chosen.aead;
    this.kem = chosen.hybrid ? new MLKEMKey(seeds?.mlkem) : undefined;
    const prologue = Buffer.from([...Buffer.from("SIM", "ascii"), version, suite, binary]);
    this.noise = new Initiator(chosen.aead, prologue, seeds?.ephemeral);
    const payload = ClientHello.encode(ClientHello.create({ encapsulationKey: this.kem?.publicKey ?? new Uint8Array() }));
    const message = this.noise.write(payload);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(message.length);
    this.hello = Buffer.concat([prologue, length, message]);
  }

  /**
   * Checks the Reply and returns the base secret of the key schedule. Throws
   * RefusedError, CertificateError or ProtocolError. now is in milliseconds.
   */
  finish(reply: Uint8Array, roots: Roots, now: number): Uint8Array {
    const body = reply.subarray(3);
    if (reply[0] === 2) throw new RefusedError(decode(Refusal, body));
    const answer = decode(ServerHello, this.noise.read(body));
    verifyCertificate(answer.certificate, roots, this.noise.remote, now);
    if (answer.ciphertext.length !== (this.kem ? ciphertextSize : 0)) {
      throw new ProtocolError("the gate's ML-KEM ciphertext is not of this suite");
    }
    const secret = this.kem?.decapsulate(answer.ciphertext) ?? new Uint8Array();
    const base = baseSecret(this.noise.h, this.noise.keys, secret);
    this.noise.forget();
    secret.fill(0);
    return base;
  }
}

/** Returns the length of the Reply that data begins with, 0 when it is not all there. Throws ProtocolError when it is none. */
export function replySize(data: Buffer): number {
  if (data.length > 0 && data[0] !== 1 && data[0] !== 2) throw new ProtocolError("this is no gate");
  if (data.length < 3) return 0;
  const length = data.readUInt16LE(1);
  if (length < 1 || length > maxMessage) throw new ProtocolError("a length that no Reply has");
  return data.length >= 3 + length ? 3 + length : 0;
}
