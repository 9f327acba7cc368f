import { type LocalTime, TimeZone } from "./time-zone.ts";

/** The codes of a time format, as in strftime (POSIX.1-2024), in English. */
const CODES: Readonly<Record<string, (time: LocalTime) => string>> = {
  Y: ({ year }) => String(year),
  y: ({ year }) => two(year % 100),
  m: ({ month }) => two(month),
  B: ({ month }) => MONTHS[month - 1] as string,
  b: ({ month }) => short(MONTHS[month - 1] as string),
  d: ({ day }) => two(day),
  j: ({ dayOfYear }) => String(dayOfYear).padStart(3, "0"),
  A: ({ weekday }) => WEEKDAYS[weekday] as string,
  a: ({ weekday }) => short(WEEKDAYS[weekday] as string),
  H: ({ hour }) => two(hour),
  I: ({ hour }) => two(hour % 12 || 12),
  p: ({ hour }) => (hour < 12 ? "AM" : "PM"),
  M: ({ minute }) => two(minute),
  S: ({ second }) => two(second),
  z: ({ offsetMinutes }) => {
    const minutes = Math.abs(offsetMinutes);
    return `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
  },
  Z: (time) => time.zone(),
  s: ({ epochSeconds }) => String(epochSeconds),
};

const SHORTHANDS: ReadonlyArray<readonly [code: string, format: string]> = [
  ["%F", "%Y-%m-%d"],
  ["%T", "%H:%M:%S"],
  ["%D", "%m/%d/%y"],
  ["%R", "%H:%M"],
];

export const TIME_CODES = [...Object.keys(CODES).map((code) => `%${code}`), ...SHORTHANDS.map(([code]) => code), "%%"];

/** A lone `%` is no code. */
export function isTimeFormat(format: string): boolean {
  return (format.match(/%.?/gsu) ?? []).every((code) => TIME_CODES.includes(code));
}

export function needsTimeZone(format: string): boolean {
  return (format.match(/%./gsu) ?? []).some((code) => code !== "%%" && code !== "%s");
}

/** Equal formats get one spelling, with as many shorthands as possible. */
export function canonicalFormat(format: string): string {
  const formats = SHORTHANDS.map(([, long]) => long).join("|");
  const shorten = new RegExp(`${formats}|%.`, "gsu");
  return expand(format).replace(shorten, (part) => SHORTHANDS.find(([, long]) => long === part)?.[0] ?? part);
}

/** Returns a writer of times. `zone` is an IANA name, by default the server's. */
export function createTimeFormat(format: string, zone?: string): (epochMs: number) => string {
  const long = expand(format);
  const timeZone = new TimeZone(zone);
  return (epochMs) => {
    const time = timeZone.at(epochMs);
    return long.replace(/%(.)/gsu, (_, code: string) => CODES[code]?.(time) ?? code);
  };
}

function expand(format: string): string {
  return format.replace(/%./gsu, (part) => SHORTHANDS.find(([code]) => code === part)?.[1] ?? part);
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

function short(name: string): string {
  return name.slice(0, 3);
}

const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
