import { type ChildProcess, spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";

/** Counts frames. */
export interface FrameCounter {
  readonly frames: number;
  readonly isOpen: boolean;
  leave(): void;
}

/** Watches a stream and counts its frames, without repeats and placeholders. */
export function countStreamFrames(url: string): FrameCounter {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`GET ${pathname}?framing=length HTTP/1.0\r\nHost: ${hostname}:${port}\r\n\r\n`);
  const watcher = { frames: 0, isOpen: true, leave: () => socket.destroy() };
  let head = "";
  let skip = 0;
  let last: string | undefined;
  socket.on("error", () => {});
  socket.on("close", () => {
    watcher.isOpen = false;
  });
  socket.on("data", (bytes: Buffer) => {
    let at = 0;
    while (at < bytes.length) {
      const skipped = Math.min(skip, bytes.length - at);
      skip -= skipped;
      at += skipped;
      const end = bytes.indexOf("\r\n\r\n", at);
      // The end of a head may be split over two chunks.
      const taken = end < 0 ? bytes.length : end + 4;
      head += bytes.toString("latin1", at, taken);
      at = taken;
      const whole = head.indexOf("\r\n\r\n");
      if (whole < 0) continue;
      const stamp = /X-Timestamp: (\S+)/.exec(head)?.[1];
      skip = Number(/Content-Length: (\d+)/.exec(head)?.[1] ?? 0);
      if (stamp !== undefined && stamp !== last) watcher.frames++;
      last = stamp ?? last;
      head = "";
    }
  });
  return watcher;
}

/** Watches a camera over `/live`; acknowledges and counts each frame. */
export function countLiveFrames(url: string, camera: string): FrameCounter {
  const socket = new WebSocket(`${url.replace("http", "ws")}/live`);
  const watcher = { frames: 0, isOpen: true, leave: () => socket.terminate() };
  let last = 0;
  socket.on("open", () => socket.send(JSON.stringify({ type: "subscribe", id: 1, camera })));
  socket.on("error", () => {});
  socket.on("close", () => {
    watcher.isOpen = false;
  });
  socket.on("message", (data: Buffer, isBinary) => {
    if (!isBinary) return;
    const capturedAt = data.readDoubleBE(8);
    if (capturedAt !== last) watcher.frames++;
    last = capturedAt;
    socket.send(JSON.stringify({ type: "ack", id: 1, number: data.readUInt32BE(4) }));
  });
  return watcher;
}

/** Connections that reopen when they are closed. */
export class Crowd {
  readonly #sockets = new Set<Socket>();
  readonly #timers: NodeJS.Timeout[] = [];
  /** How often the server closed one. */
  closed = 0;

  /** Opens `count` connections that never send a request. */
  idle(url: string, count: number): this {
    for (let number = 0; number < count; number++) this.#keep(url, () => {});
    return this;
  }

  /**
   * Opens `count` connections on which the head of a request never ends, at some bytes per second.
   */
  slow(url: string, count: number): this {
    for (let number = 0; number < count; number++) {
      this.#keep(url, (socket) => {
        socket.write("GET /snapshot.jpg HTTP/1.1\r\nHost: localhost\r\n");
        const timer = setInterval(() => socket.write(`X-${Math.random()}: 1\r\n`), 500 + Math.random() * 500);
        socket.once("close", () => clearInterval(timer));
      });
    }
    return this;
  }

  leave(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    const sockets = [...this.#sockets];
    this.#sockets.clear();
    for (const socket of sockets) socket.destroy();
  }

  #keep(url: string, begin: (socket: Socket) => void): void {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.resume();
    socket.once("connect", () => begin(socket));
    socket.once("close", () => {
      if (!this.#sockets.delete(socket)) return;
      this.closed++;
      this.#timers.push(setTimeout(() => this.#keep(url, begin), 200));
    });
  }
}

export interface FloodOptions {
  /** The requested URL. */
  readonly url: string;
  /**
   * Requests per second, regardless of answers. @default each connection sends the next request
   * after an answer
   */
  readonly perSecond?: number;
  readonly connections: number;
  /** How many client addresses to claim in X-Forwarded-For, as a proxy would. @default none */
  readonly addresses?: number;
  /** Whether each request opens a new connection. */
  readonly closes?: boolean;
}

/** What a flood has sent and received. */
export interface FloodCounts {
  readonly requests: number;
  readonly connections: number;
  readonly answers: Readonly<Record<string, number>>;
}

/** Sends requests without end, from another process. */
export class Flood {
  counts: FloodCounts = { requests: 0, connections: 0, answers: {} };
  readonly #child: ChildProcess;

  constructor(options: FloodOptions) {
    const script = fileURLToPath(new URL("flooder.js", import.meta.url));
    this.#child = spawn(process.execPath, [script, JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    this.#child.stdout?.setEncoding("utf8").on("data", (more: string) => {
      const lines = (text + more).split("\n");
      text = lines.pop() ?? "";
      const last = lines.at(-1);
      if (last !== undefined) this.counts = JSON.parse(last) as FloodCounts;
    });
  }

  stop(): void {
    this.#child.kill();
  }
}
