import fc from "fast-check";

/** Cases of each fuzz test: `npm run test:long -- fuzz` runs 100,000, `npm test` 2,000. */
export const FUZZ_RUNS = Number(process.env["FUZZ_RUNS"] || 100_000);

/**
 * Cases that cost a ms or more of CPU each, such as those over a real socket: the short form has
 * 250 of them.
 */
export const COSTLY_RUNS = FUZZ_RUNS > 2000 ? FUZZ_RUNS : Math.ceil(FUZZ_RUNS / 8);

/** The time limit of a fuzz test: a case over a real socket takes one or two ms. */
export const FUZZ_TIMEOUT = { timeout: 60_000 + FUZZ_RUNS * 20 };

/** Pieces of JPEGs and of the headers before them, which random bytes would almost never form. */
const grains = fc.constantFrom(
  ...[
    [0xff, 0xd8],
    [0xff, 0xd9],
    [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0],
    [0xff, 0xe1, 0xff, 0xff],
    [0xff, 0xc0, 0, 11, 8, 0, 8, 0, 16, 1, 1, 0x11, 0],
    [0xff],
    [0, 0, 0, 0],
    [0x87, 3, 0, 0, 0x80, 2, 0xe0, 1],
    [0x87, 3, 0, 0, 0, 0, 0, 0, 0x80, 2, 0xe0, 1],
    [16, 0, 0, 0],
    [0, 0, 0, 0, 0, 1, 0, 0],
    [...Buffer.from("         903")],
    [...Buffer.from("   640   480")],
    [...Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ].map((bytes) => Uint8Array.from(bytes)),
);

/** The bytes of a hostile or broken peer, in any pieces. */
export const hostileChunks = fc.array(
  fc
    .array(fc.oneof({ weight: 3, arbitrary: grains }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 48 }) }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => Buffer.concat(parts)),
  { maxLength: 4 },
);

/**
 * CPU time that one case may take: hundreds of times the slowest case, garbage collection included.
 */
const MAX_CPU_MS = 500;

/**
 * Runs code that outsiders can trigger at will, and fails if it takes much CPU time. Wall time
 * would depend on the load of the machine. Hostile input is slow each time, a collection of garbage
 * or another thread of this process only once: so what was slow runs again.
 */
export function inTime<T>(run: () => T): T {
  const [result, ms] = measured(run);
  const least = ms > MAX_CPU_MS ? Math.min(ms, measured(run)[1], measured(run)[1]) : ms;
  if (least > MAX_CPU_MS) throw new Error(`It took ${least} ms of CPU time`);
  return result;
}

function measured<T>(run: () => T): [result: T, cpuMs: number] {
  const before = process.cpuUsage();
  const result = run();
  return [result, process.cpuUsage(before).user / 1000];
}
