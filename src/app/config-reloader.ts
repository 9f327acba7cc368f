import type { Config, Settings } from "../config/schema.ts";
import { kebabCase } from "../options/option-names.ts";
import { unlessLate } from "../util/bulkhead.ts";
import { deepEqual } from "../util/deep-equal.ts";
import { describeError } from "../util/errors.ts";
import { FilePoller } from "../util/files/file-poller.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";
import type { Logger } from "../util/log/logger.ts";
import type { CameraChanges } from "./camera-manager.ts";

/** Measured 2026-11-28: 0.15 ms of CPU. */
const POLL_MS = 2000;

/** How long a changed file must stay the same before it counts: editors write it in pieces. */
const REST_MS = 500;

/**
 * Settings that apply at once: they are defaults of cameras, which are compared by their results.
 */
const APPLIED_AT_ONCE: ReadonlySet<string> = new Set<keyof Settings>(["linger"]);

export interface ConfigReloaderOptions {
  /** Undefined if none can be read again. */
  readonly path: string | undefined;
  /** Rejects with the configuration's problems. */
  readonly load: () => Promise<Config>;
  /** Rejects, and changes nothing, if a camera cannot work. */
  readonly apply: (config: Config) => Promise<CameraChanges>;
  readonly settings: Settings;
  readonly log: Pick<Logger, "child">;
  /** @default 2000 */
  readonly pollMs?: number;
}

/** Reads and applies the configuration at a signal, and when the file changes. */
export class ConfigReloader {
  readonly #parts: ConfigReloaderOptions;
  #follower: FilePoller<string> | undefined;
  #text: string | undefined;
  #count = 0;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: ConfigReloaderOptions) {
    this.#parts = parts;
  }

  watch(text: string): void {
    const { path, pollMs: lookMs = POLL_MS } = this.#parts;
    if (path === undefined || this.#isClosed) return;
    this.#text ??= text;
    this.#follower = new FilePoller(text, {
      read: () => readSettingsFile(path),
      everyMs: lookMs,
      settleMs: Math.min(REST_MS, lookMs),
      onChange: (reading) => {
        // A signal may already have applied this change.
        if (!("content" in reading) || reading.content !== this.#text) void this.reload();
      },
    });
  }

  /** Never rejects: the log has the result. */
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
    // The number keeps log-dedupe from dropping an answer within the same minute.
    const log = this.#parts.log.child({ reload: ++this.#count });
    if (path === undefined) {
      log.info(
        "Reload skipped: there is no configuration file. The command line and the environment have the settings.",
      );
      return;
    }
    try {
      this.#text = await readSettingsFile(path).catch(unlessLate(undefined));
      const config = await load();
      const changes = await change(config);
      const waiting = differing(settings, config.settings);
      const isAll = waiting.length === 0;
      if (!this.#isClosed) log.info(`Configuration reloaded from ${path}: ${describe(changes, isAll)}`);
      if (isAll) return;
      log.warn(`Settings changed that apply after a restart: ${waiting.join(", ")}`);
    } catch (error) {
      const why = describeError(error).replace(/:\n */, ": ").replace(/\n */g, "; ");
      log.warn(`Reload of ${path} failed, and nothing changed: ${why}`);
    }
  }
}

function describe({ added, changed, removed, untouched, isReordered }: CameraChanges, isAll: boolean): string {
  const parts = [
    ...added.map((name) => `${name} added`),
    ...changed.map((name) => `${name} changed`),
    ...removed.map((name) => `${name} removed`),
  ];
  if (parts.length > 0) return [...parts, `${untouched} untouched`].join(", ");
  if (isReordered) return "the order of the cameras changed";
  return isAll ? "nothing changed" : "no camera changed";
}

function differing(running: Settings, wanted: Settings): string[] {
  const keys = Object.keys(running) as (keyof Settings)[];
  return keys.filter((key) => !APPLIED_AT_ONCE.has(key) && !deepEqual([running[key]], [wanted[key]])).map(kebabCase);
}
