import type { Contender, Contenders } from "./servers.ts";

/** Frames per second of the bench's camera. */
export const FPS = 30;

/** What every scenario gets. */
export interface Setting {
  /** The compiled load client. */
  readonly client: string;
  /** The compiled viewer for a slow link. */
  readonly link: string;
  readonly contenders: Contenders;
  /** Draws the frames of a camera of 1920×1080, and starts it. */
  readonly openLargeCamera: () => Promise<LargeCamera>;
  /**
   * Draws frames of 640×480, and starts a camera of `fps`. Returns stillstream with `count` cameras
   * of it.
   */
  readonly openSmallCameras: (count: number, fps: number) => Promise<Contender>;
  /** A folder for files, removed when the bench ends. */
  readonly folder: string;
  /** Shorter and fewer runs, to check that the bench works. Do not quote their figures. */
  readonly quick: boolean;
  /** Reports progress, a line at a time. */
  readonly say: (line: string) => void;
}

/** A camera of 1920×1080 at FPS. */
export interface LargeCamera {
  /** stillstream with it; its camera is named `bench`. */
  readonly contender: Contender;
  /** Paths of its frames. */
  readonly pictures: readonly string[];
}

/** Separates the servers that can run here from the reasons why others cannot. */
export function runnable(all: readonly (Contender | string)[]): { contenders: Contender[]; notes: string[] } {
  return {
    contenders: all.filter((one) => typeof one !== "string"),
    notes: all.filter((one) => typeof one === "string"),
  };
}
