import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { until } from "../deferred.ts";

/** The Accept headers of browsers and programs. */
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
  /** Sent with its Content-Length. @default none */
  readonly body?: string;
}

/** One HTTP exchange on its own connection, as bytes. */
export interface RawAnswer {
  readonly socket: Socket;
  /** True when the server has closed the connection. */
  readonly ended: boolean;
  /** Returns the status line and the header lines, or undefined before they are complete. */
  head(): string[] | undefined;
  /** Returns the bytes after the head so far. */
  body(): Buffer;
}

/** Sends a request with only the given headers; destroys the connection when the test ends. */
export function ask(
  t: TestContext,
  url: string,
  { method = "GET", version = "1.1", headers = {}, body = "" }: RawRequest = {},
): RawAnswer {
  // Not parsed as a URL, which would normalize the path.
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

/** Waits for the head; returns the status and the headers by their lower-case names. */
export async function headOf(answer: RawAnswer): Promise<{ status: number; headers: Record<string, string> }> {
  const [first = "", ...lines] = await until("the head has come", () => answer.head());
  const headers = lines.map((line) => {
    const [, name = "", value = ""] = /^([^:]+): (.*)$/.exec(line) ?? [];
    return [name.toLowerCase(), value];
  });
  return { status: Number(first.split(" ")[1]), headers: Object.fromEntries(headers) };
}

/** Waits until the body has `bytes` bytes; returns them. */
export async function bodyOf(answer: RawAnswer, bytes: number): Promise<Buffer> {
  await until(`${bytes} bytes have come`, () => answer.body().length >= bytes);
  return answer.body().subarray(0, bytes);
}
