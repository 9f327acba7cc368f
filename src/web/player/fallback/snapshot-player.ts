import type { CameraStatus } from "../camera-status.ts";
import type { Place } from "../surface.ts";

interface Turn {
  place: Place;
  url: string;
  onArrival: (isFirst: boolean) => void;
  isOn: boolean;
  arrived: number;
  /** When its camera was first said not to be live; infinite while it is. */
  gone: number;
}

/** Of a browser's six connections to a server, these are for pictures. */
const AT_ONCE = 3;
const PAUSE_MS = 200;
const TIMEOUT_MS = 8000;

/** Shows snapshots in many places, in turn. */
export function createSnapshots() {
  /** Who waits longest comes first; one that is being loaded is not in here. */
  const turns: Turn[] = [];
  let runs = 0;

  async function work(run: number) {
    while (run === runs) {
      const turn = turns.shift();
      if (turn !== undefined) {
        const fresh = await load(turn.url);
        if (turn.isOn) turns.push(turn);
        if (fresh !== undefined && turn.isOn && run === runs) {
          const isFirst = turn.arrived < 0;
          turn.arrived = performance.now();
          turn.place.replaceImage(fresh);
          turn.onArrival(isFirst);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  let count = 0;

  return {
    add(place: Place, url: string, onArrival: (isFirst: boolean) => void) {
      const [arrived, gone] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      const turn: Turn = { place, url, onArrival, isOn: true, arrived, gone };
      turns.push(turn);
      count += 1;
      if (count === 1) for (let i = 0; i < AT_ONCE; i++) void work(runs);
      return {
        /**
         * Whether its picture is of the last few seconds, whether it ever had one, and whether it
         * is a card: so is what comes while the camera is not live. An image does not tell its
         * headers, and one that was fetched would be refused under a policy without `blob:`.
         */
        delivery: () => ({
          connected: performance.now() - turn.arrived < TIMEOUT_MS,
          again: turn.arrived > 0,
          card: turn.arrived > turn.gone,
        }),
        answered(camera: CameraStatus) {
          turn.gone = camera.state === "live" ? Number.POSITIVE_INFINITY : Math.min(turn.gone, performance.now());
        },
        remove() {
          if (!turn.isOn) return;
          turn.isOn = false;
          if (turns.includes(turn)) turns.splice(turns.indexOf(turn), 1);
          count -= 1;
          if (count === 0) runs += 1;
        },
      };
    },
  };
}

/** @returns Nothing when the camera has no picture now. */
function load(url: string): Promise<HTMLImageElement | undefined> {
  return new Promise((resolve) => {
    const picture = new Image();
    const timer = setTimeout(() => resolve(undefined), TIMEOUT_MS);
    picture.onload = () => {
      clearTimeout(timer);
      resolve(picture);
    };
    picture.onerror = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
    picture.src = `${url}${url.includes("?") ? "&" : "?"}max-age=1000&t=${Date.now()}`;
  });
}
