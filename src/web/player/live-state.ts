import type { CameraStatus } from "./camera-status.ts";
import type { Description } from "./describe.ts";

export interface LivePlayerOptions {
  /** The server's address, wherever the page itself is from, such as `http://host:8080/`. */
  base: string | URL;
  /** The camera's name. */
  camera: string;
  /**
   * Where to show it: any element, in a shadow root too, with the styles of picture.css and the
   * class `view`. It gets the classes `waiting` (no picture yet), `stale` (an old one) and `carded`
   * (a card), and `--ratio`, the shape of the picture.
   */
  container: HTMLElement;
  /** What to ask for, such as `rotate=90&fps=5`, without `?`. Default `adapt`. */
  query?: string;
  /**
   * What lets in, where the server asks for a password and the page cannot give it. Default: none.
   */
  token?: string;
  /** What to call the picture to who does not see it. */
  alt?: string;
  /** Called when there is something new to say, and once a second. */
  onState?: (state: LiveState) => void;
}

interface LiveFacts {
  /** How the pictures come: over /live, as a stream in an `<img>`, or one by one. */
  way: "live" | "stream" | "snapshots";
  /** Whether they are decoded and painted in a worker. */
  worker: boolean;
  /** The server's last word on the camera. */
  camera: CameraStatus | undefined;
  /** What the server leaves out for the sake of this link, in words; or nothing. */
  link: string;
}

export type LiveState = Description & LiveFacts;
