import { randomBytes } from "node:crypto";
import type { Camera } from "../core/camera.ts";
import type { Message, MessageChannel } from "../core/message-channel.ts";
import { epochOf } from "../util/clock.ts";

const KEPT = 200;

/** By `performance.now()`. */
interface KeptMessage extends Message {
  readonly number: number;
}

export interface NumberedMessage {
  readonly number: number;
  readonly message: Message;
}

export interface MessageListener {
  readonly notify: () => void;
  readonly end: () => void;
}

export type MessagesOf = (camera: Camera) => MessageLog;

export class MessageLog implements MessageChannel {
  /** Tells this run's numbers from an earlier one's. */
  readonly runId = randomBytes(6).toString("hex");
  readonly #kept: KeptMessage[] = [];
  readonly #listeners = new Set<MessageListener>();
  readonly #receivers = new Set<(text: string) => void>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  list(): readonly Message[] {
    return this.after(0).map(({ message }) => message);
  }

  after(number: number): readonly NumberedMessage[] {
    const kept = this.#kept.filter((one) => one.number > number);
    return kept.map(({ number, at, from, text }) => ({ number, message: { at: Math.round(epochOf(at)), from, text } }));
  }

  receive(from: string, text: string): void {
    this.#kept.push({ number: ++this.#count, at: performance.now(), from, text });
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const { notify: tell } of this.#listeners) tell();
  }

  /** Keeps and delivers a text. Returns the number of peers. */
  post(from: string, text: string): number {
    this.receive(from, text);
    for (const deliver of this.#receivers) deliver(text);
    return this.#receivers.size;
  }

  connect(deliver: (text: string) => void): () => void {
    // A listener given twice counts twice.
    const receiver = (text: string) => deliver(text);
    this.#receivers.add(receiver);
    return () => void this.#receivers.delete(receiver);
  }

  listen(listener: MessageListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    for (const { end } of this.#listeners) end();
  }
}
