import { epochOf } from "../../util/clock.ts";
import { LIST_TIMEOUT_MS, listPiCameras, type PiCamera } from "./list-pi-cameras.ts";

/** What is known of the Pi's cameras. */
export interface KnownPiCameras {
  readonly cameras: readonly PiCamera[];
  /** When they were listed, in milliseconds since the epoch; null when they never were. */
  readonly listedAt: number | null;
  /** Numbers of those that stream and are not listed yet. */
  readonly unlisted: readonly number[];
}

/*
 * To list cameras, as to stream, the program first switches off every sensor's HDR mode, also that of one that streams
 * (set_subdev_hdr_ctrl in core/options.cpp of rpicam-apps). So it lists while none of ours streams, and once: they are on
 * ribbon cables, and come and go only while the Pi is off.
 */
/** `at` is by `performance.now()`. */
let known: { readonly cameras: readonly PiCamera[]; readonly at: number } | undefined;
let listing: { readonly ended: Promise<void>; readonly stop: AbortController } | undefined;

/** How often each sensor, by its number, is open. */
const open = new Map<number, number>();

/** The Pi's cameras: listed now, as they were listed before, or, while they stream, no more than their numbers. */
export async function knownPiCameras(): Promise<KnownPiCameras> {
  if (known === undefined && open.size === 0) {
    listing ??= list();
    await listing.ended;
  }
  const cameras = known?.cameras ?? [];
  return {
    cameras,
    listedAt: known === undefined ? null : Math.round(epochOf(known.at)),
    unlisted: known === undefined ? [...open.keys()].sort() : [],
  };
}

/** Keeps cameras from being listed, until the function that it gives is called. A list that is being made is given up. */
export async function suspendListing(number: number): Promise<() => void> {
  open.set(number, (open.get(number) ?? 0) + 1);
  listing?.stop.abort();
  await listing?.ended;
  return () => {
    const others = (open.get(number) ?? 0) - 1;
    if (others > 0) open.set(number, others);
    else open.delete(number);
  };
}

function list(): NonNullable<typeof listing> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LIST_TIMEOUT_MS);
  const ended = listPiCameras(stop.signal).then((cameras) => {
    clearTimeout(timer);
    // None may be a failure: it is tried again.
    if (cameras.length > 0) known = { cameras, at: performance.now() };
    listing = undefined;
  });
  return { ended, stop };
}
