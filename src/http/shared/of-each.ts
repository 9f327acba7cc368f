import type { Camera } from "../../core/camera.ts";

/** Makes something for each camera, once it is asked for. */
export function ofEach<T>(create: (camera: Camera) => T): (camera: Camera) => T {
  const made = new WeakMap<Camera, T>();
  return (camera) => {
    const own = made.get(camera) ?? create(camera);
    made.set(camera, own);
    return own;
  };
}
