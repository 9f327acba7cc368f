import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a camera's web server does: gives pictures, gives none and stays, gives bytes that are none, hangs up on whoever asks. */
export type Habit = "well" | "stalled" | "garbage" | "gone";

/** A camera's web server, whose habits change at a word. */
export interface UnreliableSource {
  /** Its stream, without the scheme's name: what a camera of the driver `http` has for an address. */
  readonly address: string;
  habit: Habit;
  close(): void;
}

/** Serves these pictures in turn as a multipart stream on a free port of 127.0.0.1. */
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
