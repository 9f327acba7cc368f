import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Habit, unreliableSource } from "../support/cameras/unreliable-source.ts";
import { freePort } from "../support/sockets/tcp.ts";
import { freeUdpPort } from "../support/sockets/udp.ts";

/** The source of a camera's frames. A fault can be set: it stalls, sends garbage, or is gone. */
export interface Source {
  /** The string of its camera. */
  readonly name: string;
  readonly camera: string;
  /** The faults that it supports. */
  readonly habits: readonly Habit[];
  behave(habit: Habit): void;
  close(): void;
}

/** Garbage bytes. */
const GARBAGE = Buffer.from([
  ...Buffer.from("HTTP/1.0 200 OK\r\n\r\n"),
  0xff,
  0xd8,
  0xff,
  0xe1,
  0xff,
  0xff,
  ...Buffer.alloc(500, 0xda),
]);

const ALL: readonly Habit[] = ["well", "stalled", "garbage", "gone"];
const FPS = 10;

/** The web server of a camera. */
export async function webSource(pictures: readonly Buffer[]): Promise<Source> {
  const source = await unreliableSource(pictures, FPS);
  return {
    name: "yard",
    camera: `http:${source.address}`,
    habits: ALL,
    behave(habit) {
      source.habit = habit;
    },
    close: source.close,
  };
}

/** Connects to `port` and sends JPEGs end to end. */
export async function tcpSource(pictures: readonly Buffer[]): Promise<Source> {
  const port = await freePort();
  const sender = senderTo(() => port, pictures);
  return { name: "tcp", camera: `tcp-listen:127.0.0.1:${port}#takeover=true`, habits: ALL, ...sender };
}

/** Publishes to the server's own port, in a body that does not end. */
export function pushSource(pictures: readonly Buffer[], serverPort: () => number | undefined): Source {
  const head =
    "POST /cameras/phone/frames HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: image/jpeg\r\n\r\n";
  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
  const sender = senderTo(serverPort, pictures, (socket) => socket.write(head), chunk);
  return { name: "phone", camera: "push", habits: ALL, ...sender };
}

/** A server that sends frames over plain TCP. */
export async function fetchedSource(pictures: readonly Buffer[]): Promise<Source> {
  let habit: Habit = "well";
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (habit === "gone") return void socket.destroy();
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clock = setInterval(() => {
    for (const socket of sockets) {
      if (habit === "gone") socket.resetAndDestroy();
      else give(socket, habit, pictures);
    }
  }, 1000 / FPS);
  return {
    name: "fetched",
    camera: `tcp-connect:127.0.0.1:${(server.address() as AddressInfo).port}#protocol=raw`,
    habits: ALL,
    behave(next) {
      habit = next;
    },
    close() {
      clearInterval(clock);
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Sends datagrams, one frame each. */
export async function udpSource(pictures: readonly Buffer[]): Promise<Source> {
  const port = await freeUdpPort();
  const socket = createSocket("udp4");
  let habit: Habit = "well";
  let count = 0;
  const clock = setInterval(() => {
    if (habit === "gone" || habit === "stalled") return;
    const bytes = habit === "garbage" ? GARBAGE : (pictures[count++ % pictures.length] as Buffer);
    socket.send(bytes, port, "127.0.0.1", () => {});
  }, 1000 / FPS);
  return {
    name: "udp",
    camera: `udp-listen:127.0.0.1:${port}`,
    habits: ALL,
    behave(next) {
      habit = next;
    },
    close() {
      clearInterval(clock);
      socket.close();
    },
  };
}

/** Keeps a connection to a port and sends over it, except while it is gone. */
function senderTo(
  port: () => number | undefined,
  pictures: readonly Buffer[],
  greet: (socket: Socket) => void = () => {},
  pack: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Pick<Source, "behave" | "close"> {
  let habit: Habit = "well";
  let socket: Socket | undefined;
  const open = () => {
    const to = port();
    if (to === undefined) return;
    const own = connect({ host: "127.0.0.1", port: to });
    socket = own;
    own.on("error", () => {});
    own.on("close", () => {
      if (socket === own) socket = undefined;
    });
    own.resume();
    greet(own);
  };
  const clock = setInterval(() => {
    if (habit === "gone") {
      socket?.resetAndDestroy();
      socket = undefined;
    } else if (socket === undefined) open();
    else give(socket, habit, pictures, pack);
  }, 1000 / FPS);
  return {
    behave(next) {
      habit = next;
    },
    close() {
      clearInterval(clock);
      socket?.destroy();
    },
  };
}

let given = 0;

function give(socket: Socket, habit: Habit, pictures: readonly Buffer[], pack = (bytes: Buffer) => bytes): void {
  const bytes = habit === "garbage" ? GARBAGE : (pictures[given++ % pictures.length] as Buffer);
  if (habit !== "stalled" && socket.writableLength < 100_000) socket.write(pack(bytes));
}
