import { constants, fstatSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";
import sonicBoom from "sonic-boom";

/** What waits to be written is bounded by this, in bytes: a reader that stops for a while misses nothing. */
const MAX_WAITING_BYTES = 256 * 1024;

/**
 * Standard output or standard error, written to without ever blocking or throwing: with a full disk, or
 * a reader that is stuck or gone, texts are lost and counted, and the program goes on.
 */
export class StandardStream {
  readonly isTerminal: boolean;
  /** Told how many texts were lost, once the stream takes text again. */
  onRecovered: (lost: number) => void = () => {};
  readonly #sink: sonicBoom.SonicBoom;
  #lost = 0;
  #lostBefore = 0;
  #waitingBytes = 0;
  #settle = () => {};

  /** `fd` is 1 for standard output, 2 for standard error, or another descriptor, for tests. */
  constructor(fd: number) {
    this.isTerminal = isatty(fd);
    // Not pino's own destination: at exit that one writes until it succeeds, which on a full disk it never does.
    this.#sink = new sonicBoom.SonicBoom({ fd: unblocked(fd), sync: false, maxLength: MAX_WAITING_BYTES });
    this.#sink.on("write", (bytes: number) => this.#wrote(bytes));
    this.#sink.on("drop", (text: string) => {
      this.#lost++;
      this.#waitingBytes -= Buffer.byteLength(text);
    });
    this.#sink.on("drain", () => this.#settle());
    // What could not be written stays, and is tried again with the next text.
    this.#sink.on("error", () => this.#settle());
  }

  /** How many texts were lost since the start. */
  get lost(): number {
    return this.#lost;
  }

  write(text: string): void {
    this.#waitingBytes += Buffer.byteLength(text);
    this.#sink.write(text);
  }

  /** Resolves once everything is written, cannot be, or `ms` milliseconds have passed. */
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
 * A descriptor of the same pipe, terminal or socket that never blocks. A pipe is opened again by proc(5), since the
 * flag belongs to the open file, which a shell or a sibling process may share. For a file it is the same descriptor,
 * and so it is where proc(5) is missing: the library writes from a thread of libuv's pool, one write at a time.
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

/** Sockets, such as that of systemd's journal, cannot be opened again; libuv sets the flag on what it adopts. */
function unblockedSocket(fd: number): number {
  adopted.push(new Socket({ fd, readable: false, writable: true }).on("error", () => {}).unref());
  return fd;
}

/** They would close their descriptor when they are garbage. */
const adopted: Socket[] = [];
