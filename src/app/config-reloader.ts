import type { Config, Settings } from "../config/schema.ts";
import { kebabCase } from "../options/option-names.ts";
import { unlessLate } from "../util/bulkhead.ts";
import { deepEqual } from "../util/deep-equal.ts";
import { describeError } from "../util/errors.ts";
import { FilePoller } from "../util/files/file-poller.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";
import type { Logger } from "../util/log/logger.ts";
import type { CameraChanges } from "./camera-manager.ts";

/** How often to see whether the file has changed, in milliseconds: it is small, and costs 0.15 ms of CPU to read (measured 2026-11-28). */
const POLL_MS = 2000;

/** How long a changed file must stay as it is before it counts, in milliseconds: editors and copies write it in pieces. */
const REST_MS = 500;

/** Settings that count at once: they are the defaults of cameras, which are compared by what they come to. */
const APPLIED_AT_ONCE: ReadonlySet<string> = new Set<keyof Settings>(["linger"]);

export interface ConfigReloaderOptions {
  /** The configuration file; undefined where there is none that can be read again. */
  readonly path: string | undefined;
  /** Reads the configuration again, as at start. Rejects with what is wrong with it. */
  readonly load: () => Promise<Config>;
  /** Goes by the cameras of another configuration. Rejects, and changes nothing, where one can never work. */
  readonly apply: (config: Config) => Promise<CameraChanges>;
  /** By which the server was started. */
  readonly settings: Settings;
  readonly log: Pick<Logger, "child">;
  /** @default 2000 */
  readonly pollMs?: number;
}

/** Has the server go by its configuration again: when it is told to, and when the file changes. */
export class ConfigReloader {
  readonly #parts: ConfigReloaderOptions;
  #follower: FilePoller<string> | undefined;
  /** What the file held when it was read last. */
  #text: string | undefined;
  #count = 0;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: ConfigReloaderOptions) {
    this.#parts = parts;
  }

  /** From now on the file is followed. `text` is what it held when the server was started. */
  watch(text: string): void {
    const { path, pollMs: lookMs = POLL_MS } = this.#parts;
    if (path === undefined || this.#isClosed) return;
    this.#text ??= text;
    this.#follower = new FilePoller(text, {
      read: () => readSettingsFile(path),
      everyMs: lookMs,
      settleMs: Math.min(REST_MS, lookMs),
      onChange: (reading) => {
        // Whoever changed the file may have said so by a signal.
        if (!("content" in reading) || reading.content !== this.#text) void this.reload();
      },
    });
  }

  /** Reads everything again, once all that was asked for before is done. Never rejects: the log says what came of it. */
  reload(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#again());
    return this.#turn;
  }

  close(): void {
    this.#isClosed = true;
    this.#follower?.close();
  }

  async #again(): Promise<void> {
    const { path, load, apply: change, settings } = this.#parts;
    if (this.#isClosed) return;
    // By its number no two are alike: whoever asks is answered, also in the same minute.
    const log = this.#parts.log.child({ reload: ++this.#count });
    if (path === undefined) {
      log.info(
        "There is no configuration file to read again: what counts was given by the command line or the environment",
      );
      return;
    }
    try {
      this.#text = await readSettingsFile(path).catch(unlessLate(undefined));
      const config = await load();
      const changes = await change(config);
      const waiting = differing(settings, config.settings);
      const isAll = waiting.length === 0;
      if (!this.#isClosed) log.info(`${path} was read again: ${describe(changes, isAll)}`);
      if (isAll) return;
      const [these, count] =
        waiting.length === 1 ? ["This setting differs", "counts"] : ["These settings differ", "count"];
      log.warn(
        `${these} from what the server was started with, and ${count} when it is started again: ${waiting.join(", ")}`,
      );
    } catch (error) {
      const why = describeError(error).replace(/:\n */, ": ").replace(/\n */g, "; ");
      log.warn(`${path} was read again, and nothing is changed, since it cannot be followed: ${why}`);
    }
  }
}

/** What a change came to, in plain words. `isAll` says that no setting differs either. */
function describe({ added, changed, removed, untouched, isReordered }: CameraChanges, isAll: boolean): string {
  const parts = [
    ...added.map((name) => `${name} added`),
    ...changed.map((name) => `${name} changed`),
    ...removed.map((name) => `${name} removed`),
  ];
  if (parts.length > 0) return [...parts, `${untouched} untouched`].join(", ");
  if (isReordered) return "the cameras are in another order";
  return isAll ? "nothing in it means anything else than before" : "of its cameras none has changed";
}

/** Settings that differ and do not count at once, as a file has them. */
function differing(running: Settings, wanted: Settings): string[] {
  const keys = Object.keys(running) as (keyof Settings)[];
  return keys.filter((key) => !APPLIED_AT_ONCE.has(key) && !deepEqual([running[key]], [wanted[key]])).map(kebabCase);
}
