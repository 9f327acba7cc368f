/** A camera as it is written, taken apart but not yet checked. */
export interface RawCamera {
  readonly name: string | undefined;
  readonly driver: string;
  /** Text from a camera string; from a file any type. `address` is among them. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Takes `[name=]driver[:address][#option=value…]` apart.
 *
 * Options follow `#`, as in go2rtc: a shell needs no quotes and a URL keeps its own query. Their values are
 * percent-decoded, and an option without a value is `true`. Throws an Error, a rule that starts with "must", when the
 * text cannot be taken apart.
 */
export function parseCameraString(spec: string): RawCamera {
  const [head = "", ...pairs] = spec.trim().split("#");
  const { name, rest } = /^(?:(?<name>[^:=]*)=)?(?<rest>.*)$/s.exec(head)?.groups ?? {};
  const [driver = "", ...address] = (rest ?? "").split(":");
  if (driver === "") throw new Error("must name a driver: [name=]driver[:address][#option=value…]");
  const options = new Map<string, string>();
  if (address.length > 0) options.set("address", address.join(":"));
  for (const pair of pairs) {
    const [, key = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(pair) ?? [];
    if (key === "") throw new Error("must have option=value after each #");
    if (options.has(key)) throw new Error(`must give ${key} once`);
    options.set(key, value === undefined ? "true" : percentDecode(key, value));
  }
  // The Raspberry Pi camera's short name, as CAMERA=pi has it in programs of this kind.
  return { name, driver: driver === "pi" ? "rpicam" : driver, options: Object.fromEntries(options) };
}

function percentDecode(key: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new Error(`must write a % in ${key} as %25`);
  }
}
