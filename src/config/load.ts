import { type ConfigFile, readConfigFile } from "./file.ts";
import { type Flags, type Given, readEnvironment } from "./flags.ts";
import {
  type CameraInput,
  parseCameras,
  type Registries,
  type Registry,
  readCameraMap,
  readCameraString,
} from "./parse-cameras.ts";
import { type OutputKind, parseOutputs, readOutputList } from "./parse-outputs.ts";
import type { Problems } from "./problems.ts";
import {
  type Config,
  type ListSetting,
  listSettings,
  type OutputConfig,
  type Settings,
  settingsSchema,
} from "./schema.ts";

export interface ConfigSources {
  readonly flags: Flags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registries: Registries;
  readonly problems: Problems;
  /** Is called if no camera is given. */
  readonly findCamera?: () => Promise<{ camera: string; what: string } | undefined>;
}

/**
 * Merges and checks defaults, file, environment and flags; later ones win.
 * @throws SetupError (exit 2) that names every problem.
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const { flags, env, registries: kinds, problems, findCamera } = sources;
  const fromEnv = readEnvironment(env);
  const { path, label } = configFileOf(flags, env) ?? {};
  const file = path === undefined ? undefined : await readConfigFile(path, label ?? "", problems);
  const settings = checkSettings(
    new Map([...(file?.settings ?? []), ...settingsOf(fromEnv), ...flags.settings]),
    problems,
  );
  const given = givenCameras(flags, file?.cameras, env, problems);
  const { inputs, chosenBy } = given ?? (await camerasOfThisMachine(findCamera, problems));
  const cameras = parseCameras(inputs, kinds.drivers, settings?.linger ?? 0, problems);
  const names = cameras.map(({ name }) => name);
  const attached = (list: ListSetting, schemas: Registry): OutputConfig[] => {
    const kind: OutputKind = { what: list === "output" ? "output" : "messages", schemas };
    return parseOutputs(givenList(list, flags, fromEnv, file, problems), kind, names, problems);
  };
  const [checkedOutputs, checkedMessages] = [attached("output", kinds.outputs), attached("messages", kinds.messages)];
  problems.throwIfAny();
  return {
    settings: settings as Settings,
    cameras,
    outputs: checkedOutputs,
    messages: checkedMessages,
    chosenBy,
    oldNames: problems.oldNames,
  };
}

export function configFileOf(flags: Flags, env: ConfigSources["env"]): { path: string; label: string } | undefined {
  const { value = "", label = "" } = flags.settings.get("config") ?? readEnvironment(env).get("config") ?? {};
  return value === "" ? undefined : { path: String(value), label };
}

function givenList(
  list: ListSetting,
  flags: Flags,
  fromEnv: ReadonlyMap<string, Given>,
  file: ConfigFile | undefined,
  problems: Problems,
): CameraInput[] {
  const env = fromEnv.get(list);
  const given = flags.lists[list].length > 0 || env === undefined ? flags.lists[list] : [env];
  if (given.length > 0) {
    return given.flatMap(({ value, label }) => readCameraString(String(value), `${label} ${String(value)}`, problems));
  }
  const fromFile = file?.lists[list];
  if (fromFile === undefined) return [];
  return readOutputList(fromFile.value, fromFile.label, listSettings[list].form, problems);
}

function settingsOf(given: ReadonlyMap<string, Given>): [string, Given][] {
  return [...given].filter(([key]) => !Object.hasOwn(listSettings, key));
}

function checkSettings(given: ReadonlyMap<string, Given>, problems: Problems): Settings | undefined {
  const values = Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
  return problems.parse(settingsSchema, values, (key) => given.get(key)?.label ?? key, "stillstream");
}

interface Choice {
  readonly inputs: CameraInput[];
  readonly chosenBy: string;
}

function givenCameras(
  flags: Flags,
  fileCameras: Given | undefined,
  env: ConfigSources["env"],
  problems: Problems,
): Choice | undefined {
  if (flags.cameras.length > 0) {
    const inputs = flags.cameras.flatMap((spec) => readCameraString(spec, `camera ${spec}`, problems));
    return { inputs, chosenBy: ", from the command line" };
  }
  if (fileCameras !== undefined) {
    return { inputs: readCameraMap(fileCameras.value, fileCameras.label, problems), chosenBy: ", from the file" };
  }
  const fromEnv = env["CAMERA"];
  if (fromEnv !== undefined && fromEnv.trim() !== "") {
    return { inputs: readCameraString(fromEnv, "CAMERA", problems), chosenBy: ", from CAMERA" };
  }
  return undefined;
}

async function camerasOfThisMachine(findCamera: ConfigSources["findCamera"], problems: Problems): Promise<Choice> {
  const found = await findCamera?.();
  if (found !== undefined) {
    const inputs = readCameraString(found.camera, `camera ${found.camera}`, problems);
    return { inputs, chosenBy: `: the first camera found (${found.what})` };
  }
  return {
    inputs: readCameraString("fake", "camera fake", problems),
    chosenBy: ": no camera was given or found. See stillstream --help for your own",
  };
}
