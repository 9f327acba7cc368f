/** A time as clocks on a wall show it. */
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
  /** Ahead of UTC, in minutes. */
  readonly offsetMinutes: number;
  /** The zone's short name in English, such as `CET`; `GMT+9` where English has none. */
  zone(): string;
  readonly epochSeconds: number;
}

/** English of different places has names for different zones: CET is British, EST American. */
const LOCALES = ["en-US", "en-GB", "en-AU", "en-NZ", "en-IN", "en-ZA"];

/** The name of an IANA time zone as ICU has it, whichever way it was written; undefined when there is no such zone. */
export function findTimeZone(name: string): string | undefined {
  // Some versions of Node.js take offsets such as +02:00 as well, others do not.
  if (!/^[a-z]/i.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/**
 * The server's own time zone; undefined where it has no name, as where TZ is the path of a file. It is UTC
 * where TZ is empty, as POSIX has it (8.3): Node calls that `Etc/Unknown`, which its own Intl refuses.
 */
export function ownTimeZone(): string | undefined {
  const { timeZone } = new Intl.DateTimeFormat("en").resolvedOptions();
  return timeZone === "Etc/Unknown" ? "UTC" : timeZone;
}

/** A sentence about a `TZ` that Node.js reads otherwise than other programs do; undefined for any other. */
export function explainTimeZone(tz = ""): string | undefined {
  const name = tz.replace(/^:/, "");
  // A POSIX rule (POSIX 8.3), such as CET-1CEST,M3.5.0,M10.5.0/3: ICU takes it for UTC, or for another zone.
  if (!/^(?:[a-z]{3,}|<[^>]+>)[+-]?\d/i.test(name) || /^[a-z]{3,}[+-]?0+$/i.test(name)) return undefined;
  if (findTimeZone(name) !== undefined) return undefined;
  return `The time zone is taken for ${ownTimeZone() ?? "another"}: TZ=${JSON.stringify(tz)} is a rule of POSIX, which Node.js does not read. Set TZ to a name such as Europe/Berlin.`;
}

/** The clocks of a time zone. */
export class TimeZone {
  readonly #offset: Intl.DateTimeFormat;
  readonly #names: readonly Intl.DateTimeFormat[];

  /** `name` is an IANA time zone. @default the server's own */
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

  /** ICU writes it as `GMT`, `GMT-03:30` or `GMT+05:45`. */
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
