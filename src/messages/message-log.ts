import { randomBytes } from "node:crypto";
import type { Camera } from "../core/camera.ts";
import type { Message, MessageChannel } from "../core/message-channel.ts";
import { epochOf } from "../util/clock.ts";

/** Messages kept for each camera; older ones are forgotten. */
const KEPT = 200;

/** A message as it is kept: its time is by `performance.now()`, and what people read is by the clock as it is then. */
interface KeptMessage extends Message {
  readonly number: number;
}

/** A message, and its place in the order they came: 1 for the first. */
export interface NumberedMessage {
  readonly number: number;
  readonly message: Message;
}

/** Who is told of messages as they come. */
export interface MessageListener {
  /** There are new ones. */
  readonly notify: () => void;
  /** There will be no more. */
  readonly end: () => void;
}

export type MessagesOf = (camera: Camera) => MessageLog;

/** What was said beside a camera's pictures, who listens, and who can be told. */
export class MessageLog implements MessageChannel {
  /** Differs from run to run, so that a listener can tell numbers of this run from those before. No clock tells runs apart. */
  readonly runId = randomBytes(6).toString("hex");
  readonly #kept: KeptMessage[] = [];
  readonly #listeners = new Set<MessageListener>();
  readonly #receivers = new Set<(text: string) => void>();
  #count = 0;

  /** How many have come since the start; the number of the newest. */
  get count(): number {
    return this.#count;
  }

  /** The messages kept, oldest first. */
  list(): readonly Message[] {
    return this.after(0).map(({ message }) => message);
  }

  /** Those of the messages kept that came after the one of that number, oldest first. */
  after(number: number): readonly NumberedMessage[] {
    const kept = this.#kept.filter((one) => one.number > number);
    return kept.map(({ number, at, from, text }) => ({ number, message: { at: Math.round(epochOf(at)), from, text } }));
  }

  receive(from: string, text: string): void {
    this.#kept.push({ number: ++this.#count, at: performance.now(), from, text });
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const { notify: tell } of this.#listeners) tell();
  }

  /** Keeps a text that was posted to the camera and hands it to all who are connected to it; gives how many that were. */
  post(from: string, text: string): number {
    this.receive(from, text);
    for (const deliver of this.#receivers) deliver(text);
    return this.#receivers.size;
  }

  connect(deliver: (text: string) => void): () => void {
    // A function of its own, so that one given twice is two.
    const receiver = (text: string) => deliver(text);
    this.#receivers.add(receiver);
    return () => void this.#receivers.delete(receiver);
  }

  /** Tells of each message that comes from now on, until the function that is returned is called. */
  listen(listener: MessageListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ends all who listen. */
  close(): void {
    for (const { end } of this.#listeners) end();
  }
}
