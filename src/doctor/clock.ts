import { access } from "node:fs/promises";
import { EARLIEST } from "../util/clock.ts";
import { readProgram } from "../util/process/child-process.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

export interface ClockFacts {
  /** In milliseconds since the epoch. */
  readonly now: number;
  /** Whether the clock follows a time server; undefined where that cannot be told. */
  readonly isSynchronized: boolean | undefined;
  /** Whether it goes on while the machine is off. */
  readonly hasBattery: boolean;
}

const ABOUT = "Clock";
const SYNCHRONIZE =
  "Turn on a time service, as by `sudo timedatectl set-ntp true`, and see that this machine reaches one.";

/** Is the clock right? Times in pictures, ages, certificates and recordings come from it. */
export function judgeClock({ now, isSynchronized, hasBattery }: ClockFacts): Finding[] {
  const date = new Date(now).toISOString().slice(0, 16).replace("T", " ");
  if (now < EARLIEST) return [problem("clock", ABOUT, `The clock is wrong: it shows ${date} UTC.`, SYNCHRONIZE)];
  if (isSynchronized === undefined)
    return [ok("clock", ABOUT, `The clock shows ${date} UTC; whether it is set by a time server cannot be told.`)];
  if (isSynchronized) return [ok("clock", ABOUT, `The clock shows ${date} UTC, and follows a time server.`)];
  const battery = hasBattery ? "" : ", and stands still while this machine is off";
  return [note("clock", ABOUT, `The clock shows ${date} UTC. It follows no time server${battery}.`, SYNCHRONIZE)];
}

/** Looks at this machine's clock. `paths` are for tests. */
export async function inspectClock({
  synchronized = "/run/systemd/timesync/synchronized",
  clock = "/dev/rtc0",
} = {}): Promise<ClockFacts> {
  const [isMarked, hasBattery, told] = await Promise.all([exists(synchronized), exists(clock), askTimedatectl()]);
  return { now: Date.now(), isSynchronized: isMarked || told, hasBattery };
}

/** What timedatectl(1) says, whichever time service is in use; undefined where it is not there or cannot tell. */
async function askTimedatectl(): Promise<boolean | undefined> {
  const args = ["show", "--property=NTPSynchronized", "--value"];
  const text = await readProgram("timedatectl", args, { signal: AbortSignal.timeout(TIMEDATECTL_MS) }).catch(() => "");
  return { yes: true, no: false }[text.trim()];
}

/** It asks a service that may have to be started first, in milliseconds. */
const TIMEDATECTL_MS = 3000;

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
