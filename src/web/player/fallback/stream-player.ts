import type { Place } from "../surface.ts";

/** Ends a stream's connection in Chromium, which removing `src` alone does not. */
const NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

export type Player = ReturnType<typeof createPlayer>;

/**
 * Plays a stream in the `<img>` of a place and connects it again on request. While no picture has
 * come yet, the place has the class `waiting` and shows the last one from its still canvas, so that
 * connecting again never flickers.
 *
 * @param onChange Called when pictures begin or cease to arrive.
 */
export function createPlayer({ container, image: picture, still, see, fit }: Place, url: string, onChange: () => void) {
  const player = {
    picture,
    /** Names the present connection among the camera's viewers. */
    key: "",
    /**
     * When the present connection was asked for, in the page's own milliseconds; infinite while
     * there is none.
     */
    since: Number.POSITIVE_INFINITY,
    /** Whether the present connection has brought a picture. */
    arrived: false,
    /** When a connection brought its first picture, the last time one did; 0 while none has. */
    arrivedAt: 0,
    /** Connections that brought none, in a row. */
    vain: 0,
    connect,
    reconnect,
    stop,
    /**
     * Gives the place the shape of the picture, which no event tells when it changes: that of a
     * card may be a guess.
     */
    fit: () => {
      if (player.arrived) fit(picture.naturalWidth, picture.naturalHeight);
    },
    /** Says that all is well: the next pause will be short again. */
    settle: () => {
      attempts = 0;
    },
  };
  const separator = url.includes("?") ? "&" : "?";
  let connections = 0;
  let attempts = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;

  function connect() {
    keepLast();
    clearTimeout(pause);
    pause = undefined;
    connections += 1;
    player.vain += 1;
    player.key = randomKey();
    player.since = performance.now();
    picture.src = `${url}${separator}framing=advance&key=${player.key}&t=${connections}`;
  }

  /** Connects after a pause that grows while nothing helps. */
  function reconnect() {
    if (pause !== undefined || player.since === Number.POSITIVE_INFINITY) return;
    keepLast();
    pause = setTimeout(connect, PAUSES_MS[Math.min(attempts, PAUSES_MS.length - 1)]);
    attempts += 1;
  }

  function stop() {
    keepLast();
    clearTimeout(pause);
    pause = undefined;
    player.since = Number.POSITIVE_INFINITY;
    player.vain = 0;
    picture.src = NOTHING;
  }

  function keepLast() {
    if (player.arrived && picture.naturalWidth > 1) {
      still.width = picture.naturalWidth;
      still.height = picture.naturalHeight;
      still.getContext("2d")?.drawImage(picture, 0, 0);
    }
    player.arrived = false;
    if (container.dataset["way"] === "image") container.classList.add("waiting");
    onChange();
  }

  picture.addEventListener("load", () => {
    if (player.arrived || pause !== undefined || !picture.src.includes(player.key) || player.key === "") return;
    player.arrived = true;
    player.arrivedAt = performance.now();
    player.vain = 0;
    container.classList.remove("waiting");
    see("image");
    onChange();
    player.fit();
  });
  picture.addEventListener("error", () => reconnect());

  return player;
}

function randomKey() {
  // Not randomUUID, which plain http on a local network does not have.
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
