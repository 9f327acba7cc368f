import { setTimeout as sleep } from "node:timers/promises";
import type { UdpPeer } from "../net/udp-peer.ts";
import { FRAME_ANSWER } from "../protocols/datagram-layout.ts";
import { throttleLog } from "../util/throttle.ts";
import type { OutputContext } from "./output.ts";

/** How long an answer is awaited, in milliseconds (the format's rule). */
const ANSWER_MS = 1000;

/**
 * A receiver's system holds 92 datagrams of 1024 bytes until they are read, and loses the others (Linux, rmem_default of
 * 212,992; measured 2026-11-21). It holds none when a picture begins, since the one before was answered: so many go out at
 * once, and then so many each millisecond, which is 32 Mbit/s. A Python program that adds chunk to chunk, at 600 KB a
 * picture, reads 80 of them in a millisecond, and 8 on a busy machine.
 */
const FIRST_BURST = 64;
const BURST = 4;
const BURST_PAUSE_MS = 1;

/** Codes of a system that has no room for a datagram now, and how long it is asked again, in milliseconds. */
const NO_ROOM = new Set<unknown>(["ENOBUFS", "EAGAIN", "ENOMEM"]);
const NO_ROOM_PAUSE_MS = 5;
const NO_ROOM_MS = 1000;

/** Longest text of a receiver that is kept as a message, in bytes. */
const MAX_TEXT_BYTES = 8 * 1024;

/** Sends pictures to a receiver, and waits for its answers. */
export class UdpExchange {
  readonly #peer: UdpPeer;
  readonly #layOut: (jpeg: Uint8Array) => Iterable<Uint8Array>;
  readonly #context: OutputContext;
  readonly #tell: (text: string) => void;
  #isAnswered = false;
  /** Takes the receiver from the list of peers, where it is from its first answer on. */
  #leave = () => {};
  #heard = "";

  /** `layOut` gives a picture's datagrams. */
  constructor(peer: UdpPeer, layOut: (jpeg: Uint8Array) => Iterable<Uint8Array>, context: OutputContext) {
    this.#peer = peer;
    this.#layOut = layOut;
    this.#context = context;
    this.#tell = throttleLog(context.note);
  }

  /** True once a picture was answered. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Sends a picture, and waits for its answer; false when none came in a second, or the picture could not be sent. */
  async send(jpeg: Uint8Array): Promise<boolean> {
    const { signal, meter, note } = this.#context;
    try {
      await this.#sendAll(this.#layOut(jpeg));
      meter.sent(jpeg.length);
    } catch (error) {
      meter.dropped();
      // A receiver that is not there yet is no trouble.
      if (codeOf(error) !== "ECONNREFUSED") this.#tell((error as Error).message);
    }
    const answer = await this.#peer.receive(ANSWER_MS, signal);
    if (answer === undefined) return false;
    this.#takeText(answer);
    if (!this.#isAnswered) {
      this.#leave = meter.peer(this.#peer.name);
      note(`${this.#peer.name} answers`);
    }
    this.#isAnswered = true;
    return true;
  }

  /** The receiver is gone. */
  end(): void {
    this.#leave();
  }

  /** Sends a picture to its end even when the output is to stop: half of one would be the last that some receivers take. */
  async #sendAll(datagrams: Iterable<Uint8Array>): Promise<void> {
    let count = 0;
    for (const datagram of datagrams) {
      if (count >= FIRST_BURST && count % BURST === 0) await sleep(BURST_PAUSE_MS);
      await this.#sendOne(datagram, this.#context.signal);
      count++;
    }
  }

  async #sendOne(datagram: Uint8Array, signal: AbortSignal): Promise<void> {
    const giveUpAt = performance.now() + NO_ROOM_MS;
    while (true) {
      try {
        await this.#peer.send(datagram);
        return;
      } catch (error) {
        if (!NO_ROOM.has(codeOf(error)) || signal.aborted || performance.now() > giveUpAt) throw error;
        await sleep(NO_ROOM_PAUSE_MS);
      }
    }
  }

  /** Keeps what a receiver says as a message, unless it is the answer that all give, or what it said before. */
  #takeText(answer: Buffer): void {
    const text = answer.toString("utf8");
    if (answer.equals(FRAME_ANSWER) || answer.length > MAX_TEXT_BYTES || text === this.#heard) return;
    this.#heard = text;
    this.#context.messages.receive(`udp ${this.#peer.name}`, text);
  }
}

function codeOf(error: unknown): string | undefined {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
}
