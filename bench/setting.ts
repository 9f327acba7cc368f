import type { Contender, Contenders } from "./servers.ts";

/** Frames a second of the bench's camera. */
export const FPS = 30;

/** What every scenario is given. */
export interface Setting {
  /** The compiled load client. */
  readonly client: string;
  readonly contenders: Contenders;
  /** Shorter and fewer runs: to see that something works, not to quote. */
  readonly quick: boolean;
  /** Says what is being done, a line at a time. */
  readonly say: (line: string) => void;
}

/** Parts those that can run here from the reasons why others cannot. */
export function runnable(all: readonly (Contender | string)[]): { contenders: Contender[]; notes: string[] } {
  return {
    contenders: all.filter((one) => typeof one !== "string"),
    notes: all.filter((one) => typeof one === "string"),
  };
}
