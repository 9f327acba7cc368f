// @ts-check
/*
 * Loaded into a program by `node --import`. Answers each message from its parent with the functions
 * of src/ that ran since the message before, and how often. (V8's precise coverage resets its
 * counters each time it is taken.)
 */
import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
await session.post("Debugger.enable");
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

process.on("message", async () => {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const scripts = result.filter(({ url }) => url.includes("/src/") && !url.includes("/node_modules/"));
  process.send?.((await Promise.all(scripts.map(callsOf))).flat());
});
// The channel to the parent must not keep the program alive.
process.channel?.unref();

/**
 * @param {import("node:inspector").Profiler.ScriptCoverage} script
 * @returns {Promise<import("./frame-path.ts").CallCount[]>}
 */
async function callsOf({ scriptId, url, functions }) {
  const { scriptSource } = await session.post("Debugger.getScriptSource", { scriptId });
  return functions.map(({ functionName, ranges }) => ({
    url,
    name: functionName,
    // The loop of a generator runs once a frame, its head only once, so the part that runs most
    // often counts.
    count: Math.max(...ranges.map(({ count }) => count)),
    head: scriptSource.slice(ranges[0]?.startOffset, (ranges[0]?.startOffset ?? 0) + 60),
  }));
}
