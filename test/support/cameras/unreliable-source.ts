import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What the server does: sends frames, stalls, sends bytes that are no JPEG, or closes every
 * connection.
 */
export type Habit = "well" | "stalled" | "garbage" | "gone";

/** The web server of a camera, whose behavior the test changes. */
export interface UnreliableSource {
  /** The address of its stream without the scheme: the address of a camera of the driver `http`. */
  readonly address: string;
  habit: Habit;
  close(): void;
}

/** Serves these frames in turn as a multipart stream on a free port of 127.0.0.1. */
export async function unreliableSource(pictures: readonly Buffer[], fps: number): Promise<UnreliableSource> {
  const watching = new Set<ServerResponse>();
  const source = { habit: "well" as Habit, address: "", close: () => {} };
  const server = createServer((request, response) => {
    if (source.habit === "gone") return void request.socket.destroy();
    watching.add(response);
    response.on("close", () => watching.delete(response));
    response.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=frame" });
    response.write("--frame\r\n");
  });
  let count = 0;
  const give = () => {
    const picture = pictures[count++ % pictures.length] as Buffer;
    if (source.habit === "stalled") return;
    for (const response of watching) {
      if (source.habit === "gone") response.destroy();
      else if (response.writableLength > 2 * picture.length) continue;
      else if (source.habit === "garbage")
        response.write(Buffer.from(picture.subarray(picture.length / 3).toReversed()));
      else response.write(part(picture));
    }
  };
  const clock = setInterval(give, 1000 / fps);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  source.address = `//127.0.0.1:${(server.address() as AddressInfo).port}/stream`;
  source.close = () => {
    clearInterval(clock);
    server.closeAllConnections();
    server.close();
  };
  return source;
}

function part(picture: Buffer): Buffer {
  const header = `Content-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(header), picture, Buffer.from("\r\n--frame\r\n")]);
}
