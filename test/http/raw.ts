import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { BOUNDARY } from "../../src/core/boundary.ts";
import type { Camera } from "../../src/core/camera.ts";
import type { CameraOptions } from "../../src/core/camera-options.ts";
import { Mailbox } from "../../src/core/mailbox.ts";
import { until } from "../support/deferred.ts";
import { testCamera } from "../support/serve.ts";

/** What browsers and programs say they accept, as they say it. */
export const ACCEPT = {
  chromiumImage: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  firefoxImage: "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  navigation: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  java: "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
  curl: "*/*",
} as const;

export interface RawRequest {
  readonly method?: string;
  readonly version?: "1.0" | "1.1";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent with its length. @default none */
  readonly body?: string;
}

/** One HTTP exchange on a connection of its own, as bytes. */
export interface RawAnswer {
  readonly socket: Socket;
  /** True once the server has closed the connection. */
  readonly ended: boolean;
  /** The status line and header lines; undefined before the last of them has come. */
  head(): string[] | undefined;
  /** What came after the head so far. */
  body(): Buffer;
}

/** Sends a request with no headers but the given ones; the connection is destroyed when the test ends. */
export function ask(
  t: TestContext,
  url: string,
  { method = "GET", version = "1.1", headers = {}, body = "" }: RawRequest = {},
): RawAnswer {
  // Not by URL, which would tidy the path.
  const [, host = "", port, path = "/"] = /^http:\/\/([^/:]+):(\d+)(\/.*)?$/.exec(url) ?? [];
  const length = body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const all = { Host: `${host}:${port}`, ...length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return send(t, url, `${[`${method} ${path} HTTP/${version}`, ...lines].join("\r\n")}\r\n\r\n${body}`);
}

/** Sends any bytes. */
export function send(t: TestContext, url: string, bytes: string): RawAnswer {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  let ended = false;
  t.after(() => socket.destroy());
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.on("close", () => {
    ended = true;
  });
  socket.write(bytes);
  const split = () => {
    const all = Buffer.concat(chunks);
    const at = all.indexOf("\r\n\r\n");
    return { all, at };
  };
  return {
    socket,
    get ended() {
      return ended;
    },
    head: () => {
      const { all, at } = split();
      return at < 0 ? undefined : all.toString("latin1", 0, at).split("\r\n");
    },
    body: () => {
      const { all, at } = split();
      return at < 0 ? Buffer.alloc(0) : all.subarray(at + 4);
    },
  };
}

/** Waits for the head; gives the status and the headers by their names in small letters. */
export async function headOf(answer: RawAnswer): Promise<{ status: number; headers: Record<string, string> }> {
  const [first = "", ...lines] = await until("the head has come", () => answer.head());
  const headers = lines.map((line) => {
    const [, name = "", value = ""] = /^([^:]+): (.*)$/.exec(line) ?? [];
    return [name.toLowerCase(), value];
  });
  return { status: Number(first.split(" ")[1]), headers: Object.fromEntries(headers) };
}

/** Waits until the body is `bytes` long, and gives that much of it. */
export async function bodyOf(answer: RawAnswer, bytes: number): Promise<Buffer> {
  await until(`${bytes} bytes have come`, () => answer.body().length >= bytes);
  return answer.body().subarray(0, bytes);
}

/** A camera whose pictures the test gives it by hand. */
export interface HandCamera {
  readonly camera: Camera;
  /** How often it was opened, in all. */
  opened: number;
  /** True while it is open. */
  open: boolean;
  /** Waits until it is open and then takes this picture. */
  show(jpeg: Uint8Array): Promise<void>;
  fail(error: Error): void;
}

export function handCamera(t: TestContext, parts: Partial<CameraOptions> = {}): HandCamera {
  let mailbox: Mailbox<Uint8Array> | undefined;
  const hand: HandCamera = {
    opened: 0,
    open: false,
    async show(jpeg) {
      const came = () => hand.camera.status().frames + hand.camera.status().dropped;
      const before = came();
      (await until("the camera is open", () => mailbox)).put(jpeg);
      await until("the picture is taken, or dropped", () => came() > before);
    },
    fail: (error) => mailbox?.close({ error }),
    camera: testCamera(t, {
      // Longer than any wait of a test: a camera that stalls is closed for a moment, and not because it was released.
      stallMs: 60_000,
      ...parts,
      async *open({ signal }) {
        const own = new Mailbox<Uint8Array>();
        mailbox = own;
        hand.opened++;
        hand.open = true;
        signal.addEventListener("abort", () => own.close());
        if (signal.aborted) own.close();
        try {
          yield* own;
        } finally {
          mailbox = undefined;
          hand.open = false;
        }
      },
    }),
  };
  return hand;
}

/** A part of a stream in length framing. */
export interface LengthPart {
  readonly header: string;
  readonly jpeg: Buffer;
}

/** The whole parts of a body in length framing, held to the letter; what is not whole yet is left out. */
export function lengthParts(body: Buffer): LengthPart[] {
  const parts: LengthPart[] = [];
  // A program has a boundary of its own.
  const [delimiter] = /^--frame[0-9a-f]{32}\r\n/.exec(body.toString("latin1", 0, 64)) ?? [`--${BOUNDARY}\r\n`];
  let rest = expect(body, delimiter);
  while (rest !== undefined) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) break;
    const header = rest.toString("latin1", 0, end);
    const match = PART_HEADER.exec(header);
    if (match === null) throw new Error(`Not the header of a part: ${JSON.stringify(header)}`);
    const start = end + 4;
    const jpeg = rest.subarray(start, start + Number(match[1]));
    rest = expect(rest.subarray(start + Number(match[1])), `\r\n${delimiter}`);
    if (rest !== undefined) parts.push({ header, jpeg });
  }
  return parts;
}

/** A picture has its time of capture; a card says that it is none. */
const PART_HEADER =
  /^Content-Type: image\/jpeg\r\nContent-Length: (\d+)\r\n(?:X-Timestamp: \d+\.\d{6}|X-Stillstream-Online: 0)$/;

/** What follows `text`, or undefined when `bytes` are too few to tell. */
function expect(bytes: Buffer, text: string): Buffer | undefined {
  const start = bytes.toString("latin1", 0, text.length);
  if (start === text) return bytes.subarray(text.length);
  if (text.startsWith(start)) return undefined;
  throw new Error(`Expected ${JSON.stringify(text)}, got ${JSON.stringify(start)}`);
}
