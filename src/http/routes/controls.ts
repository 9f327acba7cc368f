import type { Camera } from "../../core/camera.ts";
import { type CameraControls, ControlError, type ControlValues } from "../../core/controls.ts";
import { describeError } from "../../util/errors.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { requireOwnOrigin } from "../access/origin.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";
import { readJson } from "../shared/read-body.ts";

/** Many times what a camera's controls need. */
const MAX_BODY_BYTES = 16 * 1024;

const HOW = 'Send JSON such as {"brightness": 140}.';

export function readControlsRoute(): CameraHandler {
  return sendControls;
}

/** Sets all controls that the body names, or none if any is wrong. */
export function writeControlsRoute(): CameraHandler {
  return async (camera, request, response) => {
    requireOwnOrigin(request);
    const controls = controlsOf(camera);
    const values = valuesIn(await readJson(request, MAX_BODY_BYTES, HOW));
    await askCamera(camera, () => controls.write(values));
    await sendControls(camera, request, response);
  };
}

const sendControls: CameraHandler = async (camera, _request, response) => {
  const controls = controlsOf(camera);
  response.set(NO_CACHE).json({ controls: await askCamera(camera, () => controls.read()) });
};

function controlsOf(camera: Camera): CameraControls {
  if (camera.controls !== undefined) return camera.controls;
  throw new HttpError(
    404,
    `Camera "${camera.title}" has no controls: its driver "${camera.status().driver}" has none.`,
  );
}

/** Answers a wrong value, or a camera that cannot be asked. */
async function askCamera<T>(camera: Camera, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const why = describeError(error).replace(/\.?$/, ".");
    if (error instanceof ControlError) throw new HttpError(400, why);
    throw new HttpError(503, `Controls of camera "${camera.title}" are unavailable: ${why}`, { "Retry-After": "5" });
  }
}

function valuesIn(body: unknown): ControlValues {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new HttpError(400, `Invalid body: it is not a JSON object. ${HOW}`);
  }
  for (const [name, value] of Object.entries(body)) {
    if (Number.isFinite(value)) continue;
    throw new HttpError(400, `${JSON.stringify(name)} must be a number, got ${JSON.stringify(value)}.`);
  }
  return body as ControlValues;
}
