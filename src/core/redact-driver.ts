import { describeError } from "../util/errors.ts";
import type { Redactor } from "../util/secrets/redactor.ts";
import type { CameraOptions } from "./camera-options.ts";

/**
 * Wraps a driver's `open`: nothing that it says, notes or throws holds the camera's address or its secrets. Why frames are
 * dropped stays as it is, to be hidden where it is told: publishers can have thousands dropped in a moment, and to hide
 * takes a fifth of a millisecond (measured 2026-11-30).
 */
export function redactDriver(open: CameraOptions["open"], redactor: Redactor): CameraOptions["open"] {
  const hide = (text: string) => redactor.hide(text);
  return async function* ({ note, waiting, ...context }) {
    try {
      yield* open({
        ...context,
        redactor,
        ...(note && { note: (text) => note(hide(text)) }),
        ...(waiting && { waiting: (text) => waiting(hide(text)) }),
      });
    } catch (error) {
      throw new Error(describeError(error, hide), { cause: error });
    }
  };
}
