import type { CameraStatus } from "./camera-status.ts";

/**
 * Returns a camera's status as guests may read it: that it is offline, and not why. Reasons, notes and what is waited for name
 * hosts, users, ports and files, in words of other programs that nobody can foresee.
 */
export function guestStatus<S extends Partial<CameraStatus>>(status: S): S {
  const { lastError, waitingFor } = status;
  return {
    ...status,
    ...(lastError && { lastError: { message: OFFLINE, at: lastError.at } }),
    ...(waitingFor && { waitingFor: WAITING }),
    ...("note" in status && { note: null }),
  };
}

const OFFLINE = "The camera is offline";
const WAITING = "Waiting for pictures";
