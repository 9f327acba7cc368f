import { childrenOf } from "../support/programs/proc.ts";
import { type Happening, pick } from "./visitors.ts";

/** The faults of cameras and their recovery, all equally likely. */
export const troubles: Readonly<Record<string, Happening>> = {
  "a source gets a fault": changeHabit,
  "another does": changeHabit,
  "a source recovers": ({ sources }, random) => pick(sources, random).behave("well"),
  "a source goes and comes back at once": ({ sources }, random) => {
    const source = pick(sources, random);
    source.behave("gone");
    setTimeout(() => source.behave("well"), 300);
  },
  "all sources recover": ({ sources }) => {
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
  "a camera comes": ({ configure }, random) => {
    const camera = `fake#fps=${1 + Math.floor(random() * 9)}`;
    configure((file) => ({ ...file, cameras: { ...file.cameras, guest: camera } }));
  },
  "a camera is removed": ({ configure, cameras }, random) => {
    const gone = pick(cameras, random);
    configure((file) => ({
      ...file,
      cameras: Object.fromEntries(Object.entries(file.cameras).filter(([name]) => name !== gone)),
      outputs: file.outputs.filter((output) => !output.startsWith(`${gone}=`)),
    }));
  },
  "a camera is changed": ({ configure, cameras }, random) => {
    const name = pick(cameras, random);
    const option = pick(["adapt=true", "always=true", "linger=2s"], random);
    configure((file) => ({ ...file, cameras: { ...file.cameras, [name]: `${file.cameras[name]}#${option}` } }));
  },
  "an output is removed": ({ configure }) => void configure((file) => ({ ...file, outputs: [] })),
  "the file is not YAML": ({ configure }) => void configure(() => "cameras: [\n"),
  "the file is wrong": ({ configure }) => void configure((file) => ({ ...file, linger: "soon" })),
  "the file is restored": ({ configure }) => void configure(),
};

function changeHabit({ sources }: Parameters<Happening>[0], random: () => number): void {
  const source = pick(sources, random);
  source.behave(pick(source.habits, random));
}
