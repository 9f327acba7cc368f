// @ts-check

/** Of a browser's six connections to a server, these are for pictures. */
const AT_ONCE = 3;
const PAUSE_MS = 200;
const TIMEOUT_MS = 8000;

/**
 * Shows snapshots in many views, in turn, those on screen only.
 *
 * @param {{ view: HTMLElement, url: string }[]} tiles
 * @param {(view: HTMLElement, isFirst: boolean) => void} onArrival
 */
export function createSnapshots(tiles, onArrival) {
  const places = tiles.map(({ view, url }) => ({
    view,
    url,
    onScreen: false,
    arrived: Number.NEGATIVE_INFINITY,
    /** When its camera was first said not to be live; infinite while it is. */
    gone: Number.POSITIVE_INFINITY,
  }));
  /** Who waits longest comes first; a place being loaded is not in here. */
  const turn = [...places];
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const place = places.find(({ view }) => view === entry.target);
      if (place !== undefined) place.onScreen = entry.isIntersecting;
    }
  });
  for (const { view } of places) {
    observer.observe(view);
    view.querySelector("img.picture")?.removeAttribute("data-src");
  }
  let runs = 0;

  /** @param {number} run */
  async function work(run) {
    while (run === runs) {
      const place = turn.find(({ onScreen }) => onScreen);
      if (place !== undefined) {
        // To the end of the queue before waiting, so that no other worker takes the same one.
        turn.splice(turn.indexOf(place), 1);
        const fresh = await load(place.url);
        turn.push(place);
        if (fresh !== undefined && run === runs) {
          const isFirst = place.arrived < 0;
          place.arrived = performance.now();
          replacePicture(place.view, fresh);
          onArrival(place.view, isFirst);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  return {
    start() {
      runs += 1;
      for (let i = 0; i < AT_ONCE; i++) void work(runs);
    },
    stop() {
      runs += 1;
    },
    /**
     * Whether a view's picture is of the last few seconds, whether it ever had one, and whether it is a card: so is what
     * comes while the camera is not live. An image does not tell its headers, and one that was fetched would be refused
     * under a policy without `blob:`.
     *
     * @param {HTMLElement} view
     */
    delivery(view) {
      const { arrived, gone } = placeOf(view);
      return { connected: performance.now() - arrived < TIMEOUT_MS, again: arrived > 0, card: arrived > gone };
    },
    /**
     * @param {HTMLElement} view
     * @param {import("./status.js").CameraStatus} camera
     */
    answered(view, camera) {
      const place = placeOf(view);
      place.gone = camera.state === "live" ? Number.POSITIVE_INFINITY : Math.min(place.gone, performance.now());
    },
  };

  /** @param {HTMLElement} view */
  function placeOf(view) {
    return /** @type {typeof places[number]} */ (places.find((place) => place.view === view));
  }
}

/**
 * @param {string} url
 * @returns {Promise<HTMLImageElement | undefined>} Nothing when the camera has no picture now.
 */
function load(url) {
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
    picture.src = `${url}?max_age=1000&t=${Date.now()}`;
  });
}

/**
 * Puts a whole new element in place of the old: setting its src would show nothing while loading.
 *
 * @param {HTMLElement} view
 * @param {HTMLImageElement} fresh
 */
function replacePicture(view, fresh) {
  fresh.className = "picture";
  fresh.alt = "";
  view.querySelector("img.picture")?.replaceWith(fresh);
  view.classList.remove("waiting");
}
