import type { Message, MessageChannel } from "../core/messages.ts";

/** Messages kept for each camera; older ones are forgotten. */
const KEPT = 200;

/** What was said beside a camera's pictures, who listens, and who can be told. */
export class Messages implements MessageChannel {
  readonly #kept: Message[] = [];
  readonly #listeners = new Set<(message: Message) => void>();
  readonly #receivers = new Set<(text: string) => void>();

  /** The messages kept, oldest first. */
  list(): readonly Message[] {
    return [...this.#kept];
  }

  receive(from: string, text: string): void {
    const message = { at: Date.now(), from, text };
    this.#kept.push(message);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const listener of this.#listeners) listener(message);
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
  listen(tell: (message: Message) => void): () => void {
    const listener = (message: Message) => tell(message);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
