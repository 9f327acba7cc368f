import { epochOf } from "../../util/clock.ts";
import { LIST_TIMEOUT_MS, listPiCameras, type PiCamera } from "./list-pi-cameras.ts";

export interface KnownPiCameras {
  readonly cameras: readonly PiCamera[];
  /** In ms since the epoch. */
  readonly listedAt: number | null;
  readonly unlisted: readonly number[];
}

/*
 * Listing first switches off every sensor's HDR mode, also of one that streams (set_subdev_hdr_ctrl
 * in core/options.cpp of rpicam-apps). So cameras are listed once, while none of ours streams: they
 * come and go only while the Pi is off.
 */
/** `at` is by `performance.now()`. */
let known: { readonly cameras: readonly PiCamera[]; readonly at: number } | undefined;
let listing: { readonly ended: Promise<void>; readonly stop: AbortController } | undefined;

const open = new Map<number, number>();

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

/** Suspends listing until the returned function is called. */
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
    // None may be a failure.
    if (cameras.length > 0) known = { cameras, at: performance.now() };
    listing = undefined;
  });
  return { ended, stop };
}
