import type { Contender, Contenders } from "./servers.ts";

/** Frames a second of the bench's camera. */
export const FPS = 30;

/** What every scenario is given. */
export interface Setting {
  /** The compiled load client. */
  readonly client: string;
  /** The compiled viewer on a thin link. */
  readonly link: string;
  readonly contenders: Contenders;
  /** Draws the pictures of a camera of 1920×1080, and starts it. */
  readonly openLargeCamera: () => Promise<LargeCamera>;
  /** Draws pictures of 640×480, and starts a camera of so many a second; gives stillstream with so many of it. */
  readonly openSmallCameras: (count: number, fps: number) => Promise<Contender>;
  /** For files that are gone when the bench ends. */
  readonly folder: string;
  /** Shorter and fewer runs: to see that something works, not to quote. */
  readonly quick: boolean;
  /** Says what is being done, a line at a time. */
  readonly say: (line: string) => void;
}

/** A camera of 1920×1080 at FPS. */
export interface LargeCamera {
  /** stillstream on it; the camera's name there is `bench`. */
  readonly contender: Contender;
  /** Paths of its pictures. */
  readonly pictures: readonly string[];
}

/** Parts those that can run here from the reasons why others cannot. */
export function runnable(all: readonly (Contender | string)[]): { contenders: Contender[]; notes: string[] } {
  return {
    contenders: all.filter((one) => typeof one !== "string"),
    notes: all.filter((one) => typeof one === "string"),
  };
}
