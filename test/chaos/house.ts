import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "yaml";
import { makeClip, temporaryFolder } from "../support/clips.ts";
import { until } from "../support/deferred.ts";
import { fakeCamera, NEEDS_FAKECAM } from "../support/fakecam.ts";
import { libjpegJpeg } from "../support/pictures.ts";
import { type Program, startProgram } from "../support/program.ts";
import { freePort } from "../support/tcp.ts";
import { needs } from "../support/tools.ts";
import type { Visit } from "../support/visits.ts";
import { fetchedSource, pushSource, type Source, tcpSource, udpSource, webSource } from "./sources.ts";

/** The program with a camera of every kind that can be had here, where their pictures come from, and who is in it. */
export interface House {
  readonly program: Program;
  readonly pid: number;
  readonly url: string;
  /** Of the output, over which a camera's pictures are sent to whoever connects. */
  readonly outputPort: number;
  readonly cameras: readonly string[];
  readonly sources: readonly Source[];
  /** Everybody who is there. */
  readonly guests: Set<Visit>;
  /** Writes the file anew, with these settings beside those that stay. */
  configure(more: object): void;
}

/** Starts it; all of it ends with the test. */
export async function openHouse(t: TestContext): Promise<House> {
  const pictures = await Promise.all([0, 90, 180].map((hue) => libjpegJpeg({ hue })));
  let port: number | undefined;
  const sources: Source[] = [
    await webSource(pictures),
    await tcpSource(pictures),
    await fetchedSource(pictures),
    await udpSource(pictures),
    pushSource(pictures, () => port),
  ];
  let env: Readonly<Record<string, string>> = {};
  if (NEEDS_FAKECAM === false) {
    const device = fakeCamera(t, { sizes: ["320x240"], pictures, settings: { FPS: 10 } });
    env = device.env;
    const behave: Source["behave"] = (habit) => (habit === "well" ? device.plug() : device.unplug());
    sources.push({ name: "usb", camera: `webcam:${device.path}`, habits: ["well", "gone"], behave, close: () => {} });
  }
  const cameras: Record<string, string> = { fake: "fake#fps=10" };
  for (const { name, camera } of sources) cameras[name] = `${camera}#stall=2s`;
  // Its program is killed; it has no other habits.
  if (needs("ffmpeg") === false) cameras["clip"] = `ffmpeg:${makeClip(t, "video.avi")}#loop=true`;
  const outputPort = await freePort();
  const path = join(temporaryFolder(t), "config.yaml");
  const stays = { linger: "300ms", outputs: [`yard=tcp-listen:127.0.0.1:${outputPort}`] };
  const configure = (more: object) => writeFileSync(path, stringify({ ...stays, cameras, ...more }));
  configure({});
  const program = await startProgram(t, ["--config", path], { env });
  port = Number(new URL(program.url).port);
  const guests = new Set<Visit>();
  t.after(() => {
    for (const guest of guests) guest.leave();
    for (const source of sources) source.close();
  });
  const pid = program.process.pid as number;
  return { program, pid, url: program.url, outputPort, cameras: Object.keys(cameras), sources, guests, configure };
}

/** Everybody leaves, and every source is well again. */
export function mend({ guests, sources }: House): void {
  for (const guest of guests) guest.leave();
  guests.clear();
  for (const source of sources) source.behave("well");
}

/** Waits until a camera that somebody watches is live; fails with what it says of itself. */
export async function becomesLive({ url }: House, camera: string): Promise<void> {
  let said = "";
  const isLive = async () => {
    const report = await (await fetch(`${url}/api/cameras/${camera}`, { headers: { Connection: "close" } })).text();
    said = report.slice(0, 600);
    return (JSON.parse(report) as { state: string }).state === "live";
  };
  await until(`${camera} is live`, isLive, 40_000).catch(() => {
    throw new Error(`${camera} does not become live again: ${said}`);
  });
}
