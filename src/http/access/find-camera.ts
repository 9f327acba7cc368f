import type { Camera } from "../../core/camera.ts";
import type { CameraList } from "../../core/camera-set.ts";
import { HttpError } from "../shared/errors.ts";

/**
 * Finds a camera by its name, the first without one; throws an HttpError 404, which names those there are. Names have no
 * capitals, and phones begin every word with one.
 */
export type FindCamera = (name?: unknown) => Camera;

export function createFindCamera(cameras: CameraList): FindCamera {
  const byName = new Map(cameras.map((camera) => [camera.name, camera]));
  return (name) => {
    const camera = name === undefined ? cameras[0] : byName.get(String(name).toLowerCase());
    if (camera !== undefined) return camera;
    throw new HttpError(404, `There is no camera ${JSON.stringify(name)}; there is ${[...byName.keys()].join(", ")}.`);
  };
}
