import { describeError } from "../../util/errors.ts";
import { readProgram } from "../../util/process/child-process.ts";
import type { SnapshotPlatform, SnapshotProgram } from "./snapshot-programs.ts";

const LIST_TIMEOUT_MS = 8000;

/**
 * Returns the program's name for a camera; undefined for the first. Throws, with the cameras there
 * are.
 */
export async function findDevice(
  platform: SnapshotPlatform,
  program: SnapshotProgram,
  address: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (platform === "linux" || address === undefined) return address;
  const isNumber = /^\d+$/.test(address);
  // imagesnap takes names and parts of names.
  if (platform === "darwin") return isNumber ? (await pick(program, ["-l"], "stdout", address, signal)).name : address;
  // CommandCam counts from 1.
  const number = isNumber ? Number(address) : (await pick(program, ["/devlist"], "stderr", address, signal)).index;
  return String(number + 1);
}

async function pick(
  { name, path }: SnapshotProgram,
  args: readonly string[],
  output: "stdout" | "stderr",
  address: string,
  signal: AbortSignal,
): Promise<{ name: string; index: number }> {
  const list = await readProgram(path, args, { signal, timeoutMs: LIST_TIMEOUT_MS, output }).catch((error) => {
    throw new Error(`${name} cannot list cameras: ${describeError(error)}`, { cause: error });
  });
  const cameras = parseCameras(list);
  const index = /^\d+$/.test(address) ? Number(address) : cameras.indexOf(address);
  const camera = cameras[index];
  if (camera !== undefined) return { name: camera, index };
  const known = cameras.map((camera, index) => `${index} (${camera})`).join(", ");
  throw new Error(`${name} sees no camera ${address}${known === "" ? "" : `; it sees ${known}`}`);
}

/**
 * After a line that ends with a colon: each alone on its line (CommandCam), behind an arrow or,
 * before imagesnap 0.2.7, in the first brackets.
 */
function parseCameras(list: string): string[] {
  const lines = list.split(/\r?\n/).map((line) => line.trim());
  const start = lines.findIndex((line) => line.endsWith(":"));
  const names = start < 0 ? [] : lines.slice(start + 1).filter((line) => line !== "");
  return names.map((line) => line.replace(/^<[^[]*\[([^\]]*)\].*$/, "$1").replace(/^=> /, ""));
}
