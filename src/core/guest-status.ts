import type { CameraStatus } from "./camera-status.ts";

/** Returns a status for guests. Reasons and notes name hosts, users, ports and files. */
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
const WAITING = "Waiting for frames";
