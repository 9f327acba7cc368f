import type { CameraStatus } from "./camera-status.ts";
import type { Description } from "./describe.ts";

export interface LivePlayerOptions {
  /** The server's URL, wherever the page itself is from, such as `http://host:8080/`. */
  base: string | URL;
  /** The camera's name. */
  camera: string;
  /**
   * Where to show it: any element, in a shadow root too, with the styles of picture.css and the
   * class `view`. It gets the classes `waiting` (no frame yet), `stale` (an old one) and `carded`
   * (a placeholder), and `--ratio`, the shape of the frame.
   */
  container: HTMLElement;
  /** Parameters such as `rotate=90&fps=5`, without `?`. Default `adapt`. */
  query?: string;
  /** A token, for a server with a password that the page cannot give. Default: none. */
  token?: string;
  /** The text alternative of the picture, for screen readers. */
  alt?: string;
  /** Called on each change, and once a second. */
  onState?: (state: LiveState) => void;
}

interface LiveFacts {
  /** How the frames come: over /live, as a stream in an `<img>`, or one by one. */
  way: "live" | "stream" | "snapshots";
  /** Whether they are decoded and painted in a worker. */
  worker: boolean;
  /** The server's last status of the camera. */
  camera: CameraStatus | undefined;
  /** What the server leaves out for a slow link, in words; empty if nothing. */
  link: string;
}

export type LiveState = Description & LiveFacts;
