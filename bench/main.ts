import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { figuresOf } from "./figures.ts";
import { type Frames, HD, makeFrames, type Size } from "./frames.ts";
import { describeMachine } from "./machine.ts";
import { buildFakecam, compilePrograms, installed, type Programs } from "./native.ts";
import { CLIENT_CPU, freePort, startServer } from "./processes.ts";
import { render, renderSection, type Section, targetTable } from "./report.ts";
import { firstFrame } from "./scenarios/first-frame.ts";
import { idle } from "./scenarios/idle.ts";
import { links } from "./scenarios/links.ts";
import { live } from "./scenarios/live.ts";
import { slowReader } from "./scenarios/slow-reader.ts";
import { variants } from "./scenarios/variants.ts";
import { viewers } from "./scenarios/viewers.ts";
import { webcam } from "./scenarios/webcam.ts";
import {
  type Contender,
  emulateWebcam,
  fanout,
  stillstream,
  stillstreamOn,
  ustreamer,
  type Webcam,
} from "./servers.ts";
import { FPS, type Setting } from "./setting.ts";

const SCENARIOS: Readonly<Record<string, (setting: Setting) => Promise<Section>>> = {
  viewers,
  slow: slowReader,
  live,
  links,
  idle,
  start: firstFrame,
  webcam,
  variants,
};
const REPORT = fileURLToPath(new URL("../docs/contribute/benchmarks.md", import.meta.url));
const FIGURES = fileURLToPath(new URL("../docs/contribute/benchmarks.json", import.meta.url));
const HELP = `npm run bench -- [--quick] [--only NAME]

Measures the built server from outside, on Linux, in about fifteen minutes, and writes docs/contribute/benchmarks.md
and the figures of the README's chart, docs/contribute/benchmarks.json; \`npm run docs\` then draws the chart.

  --quick      two minutes of short, single runs; writes nothing
  --only NAME  one of ${Object.keys(SCENARIOS).join(", ")}; writes nothing
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { quick: { type: "boolean", default: false }, only: { type: "string" }, help: { type: "boolean" } },
  });
  const { quick, only, help } = values;
  if (help) return void process.stdout.write(HELP);
  if (only !== undefined && !Object.hasOwn(SCENARIOS, only))
    throw new Error(`No scenario is named ${only}.\n\n${HELP}`);
  if (process.platform !== "linux") throw new Error("The bench reads /proc: it runs on Linux only.");

  const folder = mkdtempSync(`${tmpdir()}/stillstream-bench-`);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { frameBytes, ...prepared } = await prepare(folder);
  const setting = { ...prepared, quick };
  const sections: Section[] = [];
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (only !== undefined && name !== only) continue;
    const section = await scenario(setting);
    process.stdout.write(`\n${renderSection(section)}\n\n`);
    sections.push(section);
  }
  const machine = [
    ...describeMachine(),
    `camera: 1280×720, ${FPS} fps, ${(frameBytes / 1000).toFixed(1)} KB a frame on average`,
  ];
  const targets = sections.flatMap((section) => section.targets);
  process.stdout.write(`\n${machine.join("\n")}\n\n${targets.length > 0 ? targetTable(targets) : ""}\n`);
  if (quick || only !== undefined) return;
  await writeFile(REPORT, render(machine, sections));
  await writeFile(FIGURES, `${JSON.stringify(figuresOf(machine, sections), null, 2)}\n`);
}

/** Compiles the programs, draws the frames and starts the camera that all scenarios share. */
async function prepare(folder: string): Promise<Omit<Setting, "quick"> & { frameBytes: number }> {
  const say = (line: string) => process.stderr.write(`… ${line}\n`);
  say("compiling, and drawing the camera's pictures");
  const programs = await compilePrograms(folder);
  const camera = await openCamera(programs, `${folder}/frames`, HD);
  const emulated = emulateWebcam(await buildFakecam(folder), `${folder}/frames`, FPS, folder);
  return {
    client: programs.load,
    link: programs.link,
    contenders: {
      ours: stillstream(camera.port, folder),
      webcam: stillstreamOn(emulated, folder),
      fanout: fanout(programs, camera.port, folder),
      ustreamer: await findUstreamer(emulated, folder),
    },
    folder,
    openSmallCameras: async (count, fps) => {
      const { port } = await openCamera(programs, `${folder}/small-frames`, { width: 640, height: 480 }, fps);
      return stillstream(port, folder, count);
    },
    openLargeCamera: async () => {
      const { port, frames } = await openCamera(programs, `${folder}/large-frames`, { width: 1920, height: 1080 });
      return { contender: stillstream(port, folder), pictures: frames.paths };
    },
    say,
    frameBytes: camera.frames.mean,
  };
}

/** Draws frames in their own folder, and starts a camera that sends them. */
async function openCamera(
  { source }: Programs,
  folder: string,
  size: Size,
  fps = FPS,
): Promise<{ port: number; frames: Frames }> {
  await mkdir(folder);
  const [frames, port] = [await makeFrames(folder, size), await freePort()];
  await startServer([source, String(port), String(fps), ...frames.paths], port, {
    cpu: CLIENT_CPU,
    log: `${folder}.log`,
  });
  return { port, frames };
}

/** Returns ustreamer on an emulated webcam, or why there is none. */
async function findUstreamer(emulated: Webcam, folder: string): Promise<Contender | string> {
  if (!(await installed("ustreamer")))
    return "ustreamer is not measured: install it, on Debian with `apt install ustreamer`.";
  return ustreamer(emulated, folder);
}

// By exit, so that the child processes end too: see processes.ts.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
