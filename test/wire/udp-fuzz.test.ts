/* A small run of the fuzzers, so that they are never broken; `npm run fuzz` runs many more cases. */
process.env["FUZZ_RUNS"] ??= "300";
await import("../fuzz/udp.fuzz.ts");
