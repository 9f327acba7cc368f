import { constants, fstatSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";
import sonicBoom from "sonic-boom";

const MAX_WAITING_BYTES = 256 * 1024;

/** Writes to standard output or error, never blocking or throwing. Counts lost texts. */
export class StandardStream {
  readonly isTerminal: boolean;
  /** Called once the stream takes text again. */
  onRecovered: (lost: number) => void = () => {};
  readonly #sink: sonicBoom.SonicBoom;
  #lost = 0;
  #lostBefore = 0;
  #waitingBytes = 0;
  #settle = () => {};

  constructor(fd: number) {
    this.isTerminal = isatty(fd);
    // pino's own destination writes at exit until it succeeds, on a full disk never.
    this.#sink = new sonicBoom.SonicBoom({ fd: unblocked(fd), sync: false, maxLength: MAX_WAITING_BYTES });
    this.#sink.on("write", (bytes: number) => this.#wrote(bytes));
    this.#sink.on("drop", (text: string) => {
      this.#lost++;
      this.#waitingBytes -= Buffer.byteLength(text);
    });
    this.#sink.on("drain", () => this.#settle());
    // The sink keeps the text, and retries.
    this.#sink.on("error", () => this.#settle());
  }

  get lost(): number {
    return this.#lost;
  }

  write(text: string): void {
    this.#waitingBytes += Buffer.byteLength(text);
    this.#sink.write(text);
  }

  /** Resolves once all is written, cannot be, or `ms` have passed. */
  async finish(ms: number): Promise<void> {
    if (this.#waitingBytes <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#settle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #wrote(bytes: number): void {
    this.#waitingBytes -= bytes;
    const lost = this.#lost - this.#lostBefore;
    if (lost === 0) return;
    this.#lostBefore = this.#lost;
    this.onRecovered(lost);
  }
}

/**
 * Returns a descriptor that never blocks. A pipe is reopened by proc(5), since other processes may
 * share the open file and its flag.
 */
function unblocked(fd: number): number {
  try {
    const found = fstatSync(fd);
    if (found.isSocket()) return unblockedSocket(fd);
    if (!found.isFIFO() && !found.isCharacterDevice()) return fd;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}

/** Sockets, such as systemd's journal, cannot be reopened; libuv sets the flag on adopted ones. */
function unblockedSocket(fd: number): number {
  adopted.push(new Socket({ fd, readable: false, writable: true }).on("error", () => {}).unref());
  return fd;
}

/** Kept, since a collected socket closes its descriptor. */
const adopted: Socket[] = [];
