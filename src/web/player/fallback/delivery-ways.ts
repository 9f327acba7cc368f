import type { CameraStatus } from "../camera-status.ts";
import type { Place } from "../surface.ts";
import type { createSnapshots } from "./snapshot-player.ts";
import { createPlayer } from "./stream-player.ts";
import { createWatch } from "./stream-watchdog.ts";

/** How a place gets its pictures now. */
export interface Way {
  name: "stream" | "snapshots";
  delivery: () => { connected: boolean; again: boolean; card: boolean };
  answered: (camera: CameraStatus) => void;
  failed: () => void;
  /** Names its connection among the camera's viewers: to others the server gives no name away. */
  key: () => string;
  /** Whether it has failed for so long that another way is better. */
  isVain: () => boolean;
  end: () => void;
}

export interface Joining {
  place: Place;
  camera: string;
  query: string;
  onChange: () => void;
}

/** Streams in a row that brought no picture: something between holds them back. */
const VAIN_STREAMS = 3;

export function stream(url: string, { place, onChange }: Joining): Way {
  const player = createPlayer(place, url, onChange);
  const watch = createWatch(player);
  const looking = setInterval(() => void watch.look(), 1000);
  let isOver = false;
  // WebKit never fires the page's `load` once an image is streaming.
  const start = () => {
    if (!isOver) watch.start();
  };
  if (document.readyState === "complete") start();
  else addEventListener("load", start, { once: true });
  return {
    name: "stream",
    key: () => player.key,
    delivery: watch.delivery,
    answered: watch.answered,
    failed: watch.failed,
    isVain: () => player.vain > VAIN_STREAMS,
    end() {
      isOver = true;
      clearInterval(looking);
      player.stop();
    },
  };
}

export function snapshot<T extends Joining>(
  url: string,
  member: T,
  snapshots: ReturnType<typeof createSnapshots>,
  onFirst: (member: T) => void,
): Way {
  const { place, onChange } = member;
  const turn = snapshots.add(place, url, (isFirst) => {
    onChange();
    if (isFirst) onFirst(member);
  });
  return { name: "snapshots", ...turn, key: () => "", failed() {}, isVain: () => false, end: turn.remove };
}
