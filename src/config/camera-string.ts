export interface RawCamera {
  readonly name: string | undefined;
  readonly driver: string;
  /** Values are text from a camera string, and of any type from a file. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Parses `[name=]driver[:address][#option=value…]`. Options follow `#`, as in go2rtc: a shell needs
 * no quotes, and a URL keeps its query. @throws Error with a rule that starts with "must".
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
  // Programs of this kind call the Raspberry Pi camera `pi`.
  return { name, driver: driver === "pi" ? "rpicam" : driver, options: Object.fromEntries(options) };
}

function percentDecode(key: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new Error(`must write a % in ${key} as %25`);
  }
}
