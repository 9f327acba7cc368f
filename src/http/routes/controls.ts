import type { Request } from "express";
import type { Camera } from "../../core/camera.ts";
import { type CameraControls, ControlError, type ControlValues } from "../../core/controls.ts";
import { describeError } from "../../util/errors.ts";
import { requireOwnOrigin } from "../access/origin.ts";
import { HttpError } from "../shared/errors.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { BodyError, readBody, utf8Of } from "../shared/read-body.ts";
import type { CameraHandler } from "../streaming/stream.ts";

/** What a camera has fits many times; in bytes. */
const MAX_BODY_BYTES = 16 * 1024;

const EXAMPLE = 'such as {"brightness": 140}';

/** What can be set on a camera, and what it is set to. */
export const readControlsRoute: CameraHandler = async (camera, _request, response) => {
  const controls = controlsOf(camera);
  response.set(NO_CACHE).json({ controls: await asking(camera, () => controls.read()) });
};

/** Sets what the body names, or nothing if any of it is wrong or refused; answers with what is set then. */
export const writeControlsRoute: CameraHandler = async (camera, request, response) => {
  requireOwnOrigin(request);
  const controls = controlsOf(camera);
  const values = valuesIn(await readJson(request));
  await asking(camera, () => controls.write(values));
  await readControlsRoute(camera, request, response);
};

function controlsOf(camera: Camera): CameraControls {
  if (camera.controls !== undefined) return camera.controls;
  throw new HttpError(404, `${camera.title} has no controls: its driver ${camera.status().driver} has none.`);
}

/** What went wrong, in the words of HTTP: a wrong wish, or a camera that cannot be asked. */
async function asking<T>(camera: Camera, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const why = describeError(error).replace(/\.?$/, ".");
    if (error instanceof ControlError) throw new HttpError(400, why);
    throw new HttpError(503, `The controls of ${camera.title} cannot be reached now: ${why}`, { "Retry-After": "5" });
  }
}

/** Whatever type it is said to have: `curl -d` says that it is a form. Another site's page cannot send it by a form. */
async function readJson(request: Request): Promise<object> {
  try {
    const value: unknown = JSON.parse(utf8Of(await readBody(request, MAX_BODY_BYTES)));
    if (typeof value === "object" && value !== null) return value;
    throw new TypeError("It is neither an object nor a list");
  } catch (error) {
    if (error instanceof BodyError && error.kind === "large") {
      throw new HttpError(413, `The body must be at most ${MAX_BODY_BYTES} bytes.`);
    }
    throw new HttpError(400, `The body must be plain JSON, ${EXAMPLE}.`);
  }
}

function valuesIn(body: object): ControlValues {
  if (Array.isArray(body)) {
    throw new HttpError(400, `The body must be a JSON object, ${EXAMPLE}.`);
  }
  for (const [name, value] of Object.entries(body)) {
    if (Number.isFinite(value)) continue;
    throw new HttpError(400, `${JSON.stringify(name)} must be a number, got ${JSON.stringify(value)}.`);
  }
  return body as ControlValues;
}
