import { mkdtempSync } from "node:fs";
import { nginxCommand } from "../../test/support/programs/nginx.ts";
import { type WatchResult, watchLive } from "../live-viewer.ts";
import { load } from "../load.ts";
import { installed } from "../native.ts";
import { CLIENT_CPU, freePort, startServer } from "../processes.ts";
import type { Section } from "../report.ts";
import { launch, type Server } from "../servers.ts";
import type { Setting } from "../setting.ts";

/** Bytes per second of the slow reader: a frame of 80 KB takes 0.4 s. */
const RATE = 200_000;
const MAX_AGE_S = 0.7;
const CAMERAS = 16;
const CAMERA_FPS = 15;
const MIN_FPS = 14;

/**
 * A wall of cameras over one connection. A slow reader of one camera: directly, behind nginx, and
 * of a stream.
 */
export async function live(setting: Setting): Promise<Section> {
  const { quick, say } = setting;
  const times = { warmup: quick ? 2 : 5, seconds: quick ? 4 : 12 };
  const slowTimes = { warmup: quick ? 3 : 20, seconds: quick ? 6 : 20 };
  say(`${CAMERAS} cameras`);
  const names = Array.from({ length: CAMERAS }, (_, index) => `camera-${index + 1}`);
  const small = await setting.openSmallCameras(CAMERAS, CAMERA_FPS);
  const wall = await on(launch(small), (server) => watchLive(server, { cameras: names, rate: 0, ...times }));
  say(`the same, and as many streams of one of them`);
  const streams = await on(launch(small), (server) => load(setting.client, server, { viewers: CAMERAS, ...times }));
  const { ours } = setting.contenders;
  const slow = (port?: number) => (server: Server) =>
    watchLive(server, { cameras: ["bench"], rate: RATE, ...slowTimes, ...(port !== undefined && { port }) });
  say(`one camera at ${RATE / 1000} KB/s`);
  const direct = await on(launch(ours), slow());
  const stream = await on(launch(ours), (server) => {
    return load(setting.client, server, { viewers: 1, rate: RATE, stamps: "server", ...slowTimes });
  });
  const proxied = (await installed("nginx", "-v"))
    ? await on(launch(ours), async (server) => {
        say("the same behind nginx");
        const [folder, port] = [mkdtempSync(`${setting.folder}/nginx-`), await freePort()];
        const command = nginxCommand(folder, port, `http://127.0.0.1:${server.port}`);
        const nginx = await startServer(command, port, { cpu: CLIENT_CPU, log: `${folder}/log` });
        return await slow(port)(server).finally(() => nginx.stop());
      })
    : undefined;
  const perViewer = streams.frames / streams.viewers / streams.seconds;
  return {
    title: "Live connections",
    about:
      `${CAMERAS} cameras of 640×480 at ${CAMERA_FPS} fps over one connection of /live, each picture acknowledged at once; beside as\n` +
      "many streams of one of them, while all are open. And one of 1280×720 at 30 fps, read at 200 KB/s in pieces of 5 ms with\n" +
      "default socket buffers. Age is from the server's stamp to the last byte read.",
    header: ["what", "fps of the least", "age p50 ms", "age p95 ms", "of a core", "CPU s/GB", "waited"],
    rows: [
      row(`/live, ${CAMERAS} cameras`, wall),
      row(`${CAMERAS} streams`, { ...streams, fps: perViewer }),
      row("/live at 200 KB/s", direct),
      ...(proxied === undefined ? [] : [row("/live at 200 KB/s behind nginx", proxied)]),
      row("a stream at 200 KB/s", { ...stream, fps: stream.frames / stream.seconds }),
    ],
    targets: [
      {
        what: `fps of each of ${CAMERAS} cameras of ${CAMERA_FPS} fps over one connection`,
        target: `≥ ${MIN_FPS}`,
        measured: wall.fps.toFixed(1),
        met: wall.fps >= MIN_FPS,
      },
      young("directly", direct),
      ...(proxied === undefined ? [] : [young("behind nginx", proxied)]),
    ],
    notes:
      proxied === undefined ? ["nginx is not measured: install it, on Debian with `apt install nginx-light`."] : [],
  };
}

async function on<T>(launched: Promise<Server>, measure: (server: Server) => Promise<T>): Promise<T> {
  const server = await launched;
  try {
    return await measure(server);
  } finally {
    await server.running.stop();
  }
}

function young(way: string, { p50 }: WatchResult) {
  return {
    what: `age of pictures over /live at 200 KB/s, ${way}, p50`,
    target: `< ${MAX_AGE_S} s`,
    measured: `${(p50 / 1000).toFixed(2)} s`,
    met: p50 < MAX_AGE_S * 1000,
  };
}

function row(what: string, run: WatchResult): string[] {
  return [
    what,
    run.fps.toFixed(1),
    run.p50.toFixed(1),
    run.p95.toFixed(1),
    run.core.toFixed(3),
    run.cpuPerGB.toFixed(3),
    run.waited.toFixed(2),
  ];
}
