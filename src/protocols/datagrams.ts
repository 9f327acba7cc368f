import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { type Endpoint, formatEndpoint } from "../options/endpoint.ts";
import { TokenBucket } from "../util/token-bucket.ts";
import { UdpSenderSession } from "./udp-sender-session.ts";

export interface DatagramReceiverOptions {
  readonly onImage: (picture: Buffer, sender: Endpoint) => void;
  readonly onDropped: (reason: string, sender: Endpoint) => void;
  readonly answer: (sender: Endpoint) => void;
}

/** No frame earned them: false addresses are cheap. */
const UNEARNED_PER_SECOND = 100;

/** A few hundred bytes each. */
const MAX_SENDERS = 4096;

const MAX_HELD_BYTES = 4 * MAX_FRAME_BYTES;

/**
 * Assembles frames from datagrams and decides when to answer. No socket, no clock.
 *
 * No loss leaves a sender waiting, and none is answered much more than it sends.
 */
export class DatagramReceiver {
  readonly #options: DatagramReceiverOptions;
  /** The longest silent is first, and dropped first. */
  readonly #sessions = new Map<string, UdpSenderSession>();
  readonly #unearned = new TokenBucket(UNEARNED_PER_SECOND);
  #heldBytes = 0;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(options: DatagramReceiverOptions) {
    this.#options = options;
  }

  get dueAt(): number {
    return this.#dueAt;
  }

  get held(): { readonly senders: number; readonly bytes: number } {
    return { senders: this.#sessions.size, bytes: this.#heldBytes };
  }

  /** Takes a datagram; a frame may share its bytes. */
  receive(datagram: Buffer, sender: Endpoint, now: number): void {
    const key = formatEndpoint(sender);
    const session = this.#sessions.get(key) ?? this.#meet(sender);
    this.#counted(session, () => session.receive(datagram, now));
    this.#sessions.delete(key);
    if (session.dueAt === Number.POSITIVE_INFINITY) return;
    this.#sessions.set(key, session);
    this.#dueAt = Math.min(this.#dueAt, session.dueAt);
    this.#makeRoom(session, now);
  }

  tick(now: number): void {
    if (now < this.#dueAt) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    for (const [key, session] of this.#sessions) {
      if (session.dueAt <= now) this.#counted(session, () => session.act(now));
      if (session.dueAt === Number.POSITIVE_INFINITY) this.#sessions.delete(key);
      else this.#dueAt = Math.min(this.#dueAt, session.dueAt);
    }
  }

  #meet(sender: Endpoint): UdpSenderSession {
    const { onImage: picture, onDropped: dropped, answer } = this.#options;
    return new UdpSenderSession({
      onImage: (bytes) => picture(bytes, sender),
      onDropped: (reason) => dropped(reason, sender),
      answer: (isEarned, now) => {
        if (isEarned || this.#unearned.take(now)) answer(sender);
      },
    });
  }

  #counted(session: UdpSenderSession, action: () => void): void {
    this.#heldBytes -= session.heldBytes;
    action();
    this.#heldBytes += session.heldBytes;
  }

  #makeRoom(keep: UdpSenderSession, now: number): void {
    for (const [key, session] of this.#sessions) {
      const isCrowded = this.#sessions.size > MAX_SENDERS;
      if (!isCrowded && this.#heldBytes <= MAX_HELD_BYTES) return;
      if (session !== keep && session.heldBytes > 0) this.#counted(session, () => session.giveUp(now));
      if (isCrowded) this.#sessions.delete(key);
    }
  }
}
