/** A time as a wall clock shows it. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** Of the month, 1 to 31. */
  readonly day: number;
  /** 1 to 366. */
  readonly dayOfYear: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes ahead of UTC. */
  readonly offsetMinutes: number;
  /** In English, such as `CET`; `GMT+9` if English has none. */
  zone(): string;
  readonly epochSeconds: number;
}

/** English has other names in other places: CET is British, EST American. */
const LOCALES = ["en-US", "en-GB", "en-AU", "en-NZ", "en-IN", "en-ZA"];

/** Undefined if the zone does not exist. */
export function findTimeZone(name: string): string | undefined {
  // Some versions of Node.js accept offsets such as +02:00.
  if (!/^[a-z]/i.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/**
 * Undefined if the zone has no name, as when TZ is a file. An empty TZ is UTC (POSIX 8.3): Node
 * calls it `Etc/Unknown`, which its own Intl refuses.
 */
export function ownTimeZone(): string | undefined {
  const { timeZone } = new Intl.DateTimeFormat("en").resolvedOptions();
  return timeZone === "Etc/Unknown" ? "UTC" : timeZone;
}

/** Warns of a `TZ` that Node.js reads differently from other programs. */
export function explainTimeZone(tz = ""): string | undefined {
  const name = tz.replace(/^:/, "");
  // A POSIX rule (POSIX 8.3) such as CET-1CEST,M3.5.0,M10.5.0/3: ICU reads it as UTC, or as another
  // zone.
  if (!/^(?:[a-z]{3,}|<[^>]+>)[+-]?\d/i.test(name) || /^[a-z]{3,}[+-]?0+$/i.test(name)) return undefined;
  if (findTimeZone(name) !== undefined) return undefined;
  return `The time zone is taken for ${ownTimeZone() ?? "another"}: TZ=${JSON.stringify(tz)} is a rule of POSIX, which Node.js does not read. Set TZ to a name such as Europe/Berlin.`;
}

export class TimeZone {
  readonly #offset: Intl.DateTimeFormat;
  readonly #names: readonly Intl.DateTimeFormat[];

  /** @param name an IANA time zone. @default the server's */
  constructor(name: string | undefined = ownTimeZone()) {
    this.#offset = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    this.#names = LOCALES.map((locale) => {
      return new Intl.DateTimeFormat(locale, { timeZone: name, timeZoneName: "short" });
    });
  }

  at(epochMs: number): LocalTime {
    const offsetMinutes = this.#offsetAt(epochMs);
    const local = new Date(epochMs + offsetMinutes * 60_000);
    const year = local.getUTCFullYear();
    return {
      year,
      month: local.getUTCMonth() + 1,
      day: local.getUTCDate(),
      dayOfYear: Math.floor((local.getTime() - Date.UTC(year, 0, 1)) / 86_400_000) + 1,
      weekday: local.getUTCDay(),
      hour: local.getUTCHours(),
      minute: local.getUTCMinutes(),
      second: local.getUTCSeconds(),
      offsetMinutes,
      zone: () => this.#nameAt(epochMs),
      epochSeconds: Math.floor(epochMs / 1000),
    };
  }

  /** ICU writes `GMT`, `GMT-03:30` or `GMT+05:45`. */
  #offsetAt(epochMs: number): number {
    const [, sign, hours = 0, minutes = 0] = /^GMT([+-])(\d\d):(\d\d)/.exec(nameIn(this.#offset, epochMs)) ?? [];
    return (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  }

  #nameAt(epochMs: number): string {
    const names = this.#names.map((format) => nameIn(format, epochMs));
    return names.find((name) => !/^GMT[+-]/.test(name)) ?? (names[0] as string);
  }
}

function nameIn(format: Intl.DateTimeFormat, epochMs: number): string {
  return format.formatToParts(epochMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
}
