import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "yaml";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { fakeCamera, NEEDS_FAKECAM } from "../support/cameras/fakecam.ts";
import { until } from "../support/deferred.ts";
import { makeClip } from "../support/images/clips.ts";
import { libjpegJpeg } from "../support/images/encoded-jpegs.ts";
import { type Program, startProgram } from "../support/programs/program.ts";
import { freePort } from "../support/sockets/tcp.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";
import type { BackgroundViewer } from "../support/viewers/background-viewers.ts";
import { fetchedSource, pushSource, type Source, tcpSource, udpSource, webSource } from "./sources.ts";

/** The program with a camera of every kind that works here, its sources, and its viewers. */
export interface House {
  readonly program: Program;
  readonly pid: number;
  readonly url: string;
  /** Port of the output that sends a camera's frames to each client. */
  readonly outputPort: number;
  readonly cameras: readonly string[];
  readonly sources: readonly Source[];
  /** All viewers. */
  readonly guests: Set<BackgroundViewer>;
  /**
   * Writes a changed configuration file and triggers a reload. Returns the title of `fake` that
   * shows when it is done.
   */
  configure(change?: (file: ConfigFile) => ConfigFile | string): string;
}

/** Returns the configuration file. */
interface ConfigFile {
  readonly cameras: Readonly<Record<string, string>>;
  readonly outputs: readonly string[];
  readonly linger: string;
}

/** Starts it; ends all of it with the test. */
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
  // Its program is killed; it has no other faults.
  if (needs("ffmpeg") === false) cameras["clip"] = `ffmpeg:${makeClip(t, "video.avi")}#loop=true`;
  const outputPort = await freePort();
  const path = join(temporaryFolder(t), "config.yaml");
  const file = { cameras, outputs: [`yard=tcp-listen:127.0.0.1:${outputPort}`], linger: "300ms" };
  writeFileSync(path, stringify(file));
  const program = await startProgram(t, ["--config", path], { env });
  let writings = 0;
  const configure: House["configure"] = (change = (file) => file) => {
    const title = `writing ${++writings}`;
    const changed = change({ ...file, cameras: { ...cameras, fake: `${cameras["fake"]}#title=${title}` } });
    writeFileSync(path, typeof changed === "string" ? changed : stringify(changed));
    program.process.kill("SIGHUP");
    return title;
  };
  port = Number(new URL(program.url).port);
  const guests = new Set<BackgroundViewer>();
  t.after(() => {
    for (const guest of guests) guest.leave();
    for (const source of sources) source.close();
  });
  const pid = program.process.pid as number;
  return { program, pid, url: program.url, outputPort, cameras: Object.keys(cameras), sources, guests, configure };
}

/** Makes all viewers leave, all sources work, and restores the configuration file. */
export async function mend(house: House): Promise<void> {
  everybodyLeaves(house);
  for (const source of house.sources) source.behave("well");
  const title = house.configure();
  await until("the file is watched", async () => (await reportOf(house, "fake")).title === title);
}

export function everybodyLeaves({ guests }: House): void {
  for (const guest of guests) guest.leave();
  guests.clear();
}

/** Waits until a watched camera is live; fails with its last error. */
export async function becomesLive(house: House, camera: string): Promise<void> {
  let report: Partial<CameraReport> = {};
  const isLive = async () => {
    report = await reportOf(house, camera);
    return report.state === "live";
  };
  await until(`${camera} is live`, isLive, 40_000).catch(() => {
    throw new Error(`${camera} does not become live again: ${JSON.stringify(report).slice(0, 600)}`);
  });
}

/** Returns what the API reports about a camera; throws if it does not exist. */
async function reportOf({ url }: House, camera: string): Promise<Partial<CameraReport>> {
  const answer = await fetch(`${url}/api/cameras/${camera}`, { headers: { Connection: "close" } });
  return (await answer.json()) as Partial<CameraReport>;
}
