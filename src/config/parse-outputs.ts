import { type CameraInput, type Registry, readCameraString } from "./parse-cameras.ts";
import type { Problems } from "./problems.ts";
import type { OutputConfig } from "./schema.ts";

export interface OutputKind {
  readonly what: string;
  readonly schemas: Registry;
}

/**
 * Reads `outputs` or `messages` of a file: a list of texts, as on the command line, or of maps with
 * `camera`, `kind`, `address` and options.
 */
export function readOutputList(list: unknown, label: string, what: string, problems: Problems): CameraInput[] {
  problems.learnSecrets(list);
  if (!Array.isArray(list)) {
    problems.reject(label, list, `must be a list, each ${what} as on the command line`);
    return [];
  }
  return list.flatMap((entry: unknown, index) => {
    const entryLabel = `${label}[${index}]`;
    if (typeof entry === "string") return readCameraString(entry, entryLabel, problems);
    if (typeof entry !== "object" || entry === null || !("kind" in entry) || typeof entry.kind !== "string") {
      problems.reject(entryLabel, entry, "must be text or a map with a kind");
      return [];
    }
    const { kind, camera, ...options } = entry as { kind: string; camera?: unknown };
    const name = camera === undefined ? undefined : String(camera);
    return [{ raw: { name, driver: kind, options }, label: entryLabel }];
  });
}

/** The first camera is the default. */
export function parseOutputs(
  inputs: readonly CameraInput[],
  { what, schemas }: OutputKind,
  cameras: readonly string[],
  problems: Problems,
): OutputConfig[] {
  return inputs.flatMap(({ raw, label }) => {
    const { name: camera = cameras[0] ?? "", driver: kind } = raw;
    const schema = Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
    if (schema === undefined) {
      problems.reject(`${label}, kind of ${what}`, kind, `must be one of ${Object.keys(schemas).join(", ")}`);
      return [];
    }
    if (!cameras.includes(camera)) {
      problems.reject(`${label}, camera`, camera, `must be one of ${cameras.join(", ")}`);
      return [];
    }
    const options = problems.parseOptions(schema.options, raw.options, (key) => `${label}, ${key}`, kind);
    return options === undefined ? [] : [{ camera, kind, address: String(raw.options["address"] ?? ""), options }];
  });
}
