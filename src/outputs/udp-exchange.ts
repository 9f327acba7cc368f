import { setTimeout as sleep } from "node:timers/promises";
import type { UdpPeer } from "../net/udp-peer.ts";
import { FRAME_ANSWER } from "../protocols/datagram-layout.ts";
import { throttleLog } from "../util/throttle.ts";
import type { OutputContext } from "./output.ts";

/** The format's rule. */
const ANSWER_MS = 1000;

/**
 * A receiver's system holds 92 datagrams of 1024 bytes. Measured 2026-11-21, Linux, rmem_default of
 * 212,992. After the first burst, 4 a millisecond are 32 Mbit/s: a Python program reads 80 of a
 * frame of 600 KB in that time, 8 on a busy machine.
 */
const FIRST_BURST = 64;
const BURST = 4;
const BURST_PAUSE_MS = 1;

/** "No room now", and for how long to retry. */
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

  /** Does not stop with the output: some receivers would keep a half frame. */
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
