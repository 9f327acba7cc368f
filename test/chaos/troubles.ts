import { childrenOf } from "../support/proc.ts";
import { type Happening, pick } from "./visitors.ts";

/** What goes wrong with cameras, and is mended again: each as likely as the others. */
export const troubles: Readonly<Record<string, Happening>> = {
  "a source changes its habit": changeHabit,
  "another does": changeHabit,
  "a source is well again": ({ sources }, random) => pick(sources, random).behave("well"),
  "a source goes and comes back at once": ({ sources }, random) => {
    const source = pick(sources, random);
    source.behave("gone");
    setTimeout(() => source.behave("well"), 300);
  },
  "all are well": ({ sources }) => {
    for (const source of sources) source.behave("well");
  },
  "a program is killed": ({ pid }, random) => {
    const child = pick(childrenOf(pid), random);
    try {
      if (child !== undefined) process.kill(child, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  },
};

function changeHabit({ sources }: Parameters<Happening>[0], random: () => number): void {
  const source = pick(sources, random);
  source.behave(pick(source.habits, random));
}
