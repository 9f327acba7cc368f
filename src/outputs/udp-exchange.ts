import { setTimeout as sleep } from "node:timers/promises";
import type { UdpPeer } from "../net/udp-peer.ts";
import { FRAME_ANSWER } from "../protocols/datagram-layout.ts";
import { throttleLog } from "../util/throttle.ts";
import type { OutputContext } from "./output.ts";

/** The format's rule. */
const ANSWER_MS = 1000;

/**
 * A receiver's system holds 92 datagrams of 1024 bytes and loses further ones.
 * Measured 2026-11-21, Linux, rmem_default of 212,992. It holds none when a frame
 * begins, so the first burst is large; then 4 a millisecond are 32 Mbit/s. A Python
 * program reads 80 of a frame of 600 KB in that time, 8 on a busy machine.
 */
const FIRST_BURST = 64;
const BURST = 4;
const BURST_PAUSE_MS = 1;

/** System errors that mean "no room now", and for how long to retry. */
const NO_ROOM = new Set<unknown>(["ENOBUFS", "EAGAIN", "ENOMEM"]);
const NO_ROOM_PAUSE_MS = 5;
const NO_ROOM_MS = 1000;

const MAX_TEXT_BYTES = 8 * 1024;

export class UdpExchange {
  readonly #peer: UdpPeer;
  readonly #layOut: (jpeg: Uint8Array) => Iterable<Uint8Array>;
  readonly #context: OutputContext;
  readonly #tell: (text: string) => void;
  #isAnswered = false;
  /** Removes the receiver from the peers. */
  #leave = () => {};
  #heard = "";

  constructor(peer: UdpPeer, layOut: (jpeg: Uint8Array) => Iterable<Uint8Array>, context: OutputContext) {
    this.#peer = peer;
    this.#layOut = layOut;
    this.#context = context;
    this.#tell = throttleLog(context.note);
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Returns false without an answer in 1 s, or if the frame could not be sent. */
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
      note(`Receiver answers: ${this.#peer.name}`);
    }
    this.#isAnswered = true;
    return true;
  }

  end(): void {
    this.#leave();
  }

  /**
   * Sends a frame to its end even if the output stops: some receivers would keep a
   * half frame as the last.
   */
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

  /** Keeps new texts as messages, but not the usual answer. */
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
