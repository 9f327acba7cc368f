import { access } from "node:fs/promises";
import { EARLIEST } from "../util/clock.ts";
import { readProgram } from "../util/process/child-process.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

export interface ClockFacts {
  /** In epoch milliseconds. */
  readonly now: number;
  /** Whether a time server sets the clock; undefined if unknown. */
  readonly isSynchronized: boolean | undefined;
  /** Whether the clock runs while the machine is off. */
  readonly hasBattery: boolean;
}

const ABOUT = "Clock";
const SYNCHRONIZE =
  "Turn on a time service, such as with `sudo timedatectl set-ntp true`, and check that this machine reaches it.";

/** Judges the clock, from which overlays, ages, certificates and tokens take their time. */
export function judgeClock({ now, isSynchronized, hasBattery }: ClockFacts): Finding[] {
  const date = new Date(now).toISOString().slice(0, 16).replace("T", " ");
  if (now < EARLIEST)
    return [
      problem(
        "clock",
        ABOUT,
        `The clock shows ${date} UTC, which is wrong. Overlays, tokens and certificates depend on it.`,
        SYNCHRONIZE,
      ),
    ];
  if (isSynchronized === undefined)
    return [ok("clock", ABOUT, `The clock shows ${date} UTC. Whether a time server sets it is unknown.`)];
  if (isSynchronized) return [ok("clock", ABOUT, `The clock shows ${date} UTC, and a time server sets it.`)];
  const battery = hasBattery ? "" : ", and it stops while this machine is off";
  return [note("clock", ABOUT, `The clock shows ${date} UTC. No time server sets it${battery}.`, SYNCHRONIZE)];
}

/** Inspects this machine's clock. Tests give other paths. */
export async function inspectClock({
  synchronized = "/run/systemd/timesync/synchronized",
  clock = "/dev/rtc0",
} = {}): Promise<ClockFacts> {
  const [isMarked, hasBattery, told] = await Promise.all([exists(synchronized), exists(clock), askTimedatectl()]);
  return { now: Date.now(), isSynchronized: isMarked || told, hasBattery };
}

/** Asks timedatectl(1), which knows every time service; undefined without an answer. */
async function askTimedatectl(): Promise<boolean | undefined> {
  const args = ["show", "--property=NTPSynchronized", "--value"];
  const text = await readProgram("timedatectl", args, { signal: AbortSignal.timeout(TIMEDATECTL_MS) }).catch(() => "");
  return { yes: true, no: false }[text.trim()];
}

/** timedatectl asks a service that may have to start first. */
const TIMEDATECTL_MS = 3000;

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
