import fc from "fast-check";

/** How many cases each fuzz test runs: `npm run fuzz` runs 100,000, the ordinary tests 2,000. */
export const FUZZ_RUNS = Number(process.env["FUZZ_RUNS"] || 100_000);

/** How long a fuzz test may take, in milliseconds: a case over a real socket takes a millisecond or two. */
export const FUZZ_TIMEOUT = { timeout: 60_000 + FUZZ_RUNS * 20 };

/** Pieces of JPEGs and of the headers that go before them, which random bytes would hardly ever make. */
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

/** What a hostile or broken peer may send: anything, in any pieces. */
export const hostileChunks = fc.array(
  fc
    .array(fc.oneof({ weight: 3, arbitrary: grains }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 48 }) }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => Buffer.concat(parts)),
  { maxLength: 4 },
);

/** No case may take more of a core than this, in milliseconds: hundreds of times what the longest takes, collections of garbage included. */
const MAX_CPU_MS = 500;

/** Runs what outsiders can have done again and again: it must not keep the server busy. By its CPU time, since machines are busy. */
export function inTime<T>(run: () => T): T {
  const before = process.cpuUsage();
  const result = run();
  const { user } = process.cpuUsage(before);
  if (user > MAX_CPU_MS * 1000) throw new Error(`It took ${user / 1000} ms of CPU time`);
  return result;
}
