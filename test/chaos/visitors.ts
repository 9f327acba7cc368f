import { connect, type Socket } from "node:net";
import { type BackgroundViewer, pollUrl, viewLive, viewStream } from "../support/viewers/background-viewers.ts";
import type { House } from "./house.ts";

/** The events. `random` returns numbers from 0 to 1. */
export type Happening = (house: House, random: () => number) => void;

/** More viewers would be a test of the machine. */
const MAX_GUESTS = 40;

/** The viewers: how they come, what they do, how they leave; all equally likely. */
export const visitors: Readonly<Record<string, Happening>> = {
  "watches a stream": comes((url, camera) => viewStream(`${url}/cameras/${camera}/video_feed`)),
  "watches a variant": comes((url, camera) => viewStream(`${url}/cameras/${camera}/video_feed?width=80&quality=40`)),
  "watches over a slow link": comes((url, camera) => viewStream(`${url}/cameras/${camera}/video_feed?adapt`, 20_000)),
  "reads nothing": comes((url, camera) => viewStream(`${url}/cameras/${camera}/video_feed`, 1)),
  "watches live": comes((url, camera) => viewLive(url, { camera })),
  "watches live in a tile": comes((url, camera) => viewLive(url, { camera, width: 160, height: 120, query: "adapt" })),
  "acknowledges late": comes((url, camera) => viewLive(url, { camera }, 2000)),
  "takes snapshots": comes((url, camera) => pollUrl(`${url}/cameras/${camera}/snapshot.jpg`, 100)),
  "polls small snapshots": comes((url, camera) => pollUrl(`${url}/cameras/${camera}/snapshot.jpg?width=64`, 100)),
  "reads messages": comes((url, camera) => viewStream(`${url}/api/cameras/${camera}/messages/stream`)),
  "polls the status": comes((url) => pollUrl(`${url}/api/cameras`, 200)),
  "sends a request and closes its half": comes((url, camera) =>
    visitRaw(url, `GET /cameras/${camera}/video_feed HTTP/1.1\r\nHost: localhost\r\n\r\n`, "end"),
  ),
  "sends half a request": comes((url) => visitRaw(url, "GET /video_feed HTTP/1.1\r\nHo", "stay")),
  "says nothing": comes((url) => visitRaw(url, "", "stay")),
  "sends half a body": comes((url, camera) =>
    visitRaw(
      url,
      `POST /api/cameras/${camera}/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nhalf`,
      "stay",
    ),
  ),
  "sends a request and resets": comes((url, camera) =>
    visitRaw(url, `GET /cameras/${camera}/video_feed HTTP/1.1\r\nHost: localhost\r\n\r\n`, "reset"),
  ),
  "reads the output": comes((_url, _camera, house) => visitRaw(`http://127.0.0.1:${house.outputPort}`, "", "stay")),
  "connects to the output and reads nothing": comes((_url, _camera, house) =>
    visitRaw(`http://127.0.0.1:${house.outputPort}`, "", "stall"),
  ),
  "says something": ({ url, cameras }, random) => {
    const camera = pick(cameras, random);
    fetch(`${url}/api/cameras/${camera}/messages`, {
      method: "POST",
      body: "hello",
      headers: { Connection: "close" },
    }).catch(() => {});
  },
  "one leaves": ({ guests }, random) => leave(guests, 1, random),
  "many leave": ({ guests }, random) => leave(guests, 10, random),
};

/** Adds a viewer to a camera; if there are too many, another leaves. */
function comes(come: (url: string, camera: string, house: House) => BackgroundViewer): Happening {
  return (house, random) => {
    const { guests, cameras, url } = house;
    if (guests.size >= MAX_GUESTS) leave(guests, 1, random);
    const camera = pick(cameras, random);
    guests.add(come(url, camera, house));
  };
}

function leave(guests: Set<BackgroundViewer>, count: number, random: () => number): void {
  for (let left = 0; left < count && guests.size > 0; left++) {
    const guest = pick([...guests], random);
    guest.leave();
    guests.delete(guest);
  }
}

/** Picks one of some. */
export function pick<T>(some: readonly T[], random: () => number): T {
  return some[Math.floor(random() * some.length)] as T;
}

/** Sends bytes and then stays, half-closes, resets a moment later, or stays without reading. */
function visitRaw(url: string, text: string, then: "stay" | "end" | "reset" | "stall"): BackgroundViewer {
  const socket: Socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), allowHalfOpen: true });
  const visit = { bytes: 0, end: undefined as string | undefined, leave: () => void socket.destroy() };
  socket.on("error", () => {});
  socket.on("close", () => (visit.end = "it ended"));
  if (then !== "stall") socket.on("data", (bytes) => (visit.bytes += bytes.length));
  if (text !== "") socket.write(text);
  if (then === "end") socket.end();
  if (then === "reset") setTimeout(() => socket.resetAndDestroy(), 50);
  return visit;
}
