import { setTimeout as sleep } from "node:timers/promises";
import { load } from "../load.ts";
import { cpuSeconds, rssBytes, wakeups } from "../measure.ts";
import type { Section } from "../report.ts";
import { LINGER_MS, launch } from "../servers.ts";
import type { Setting } from "../setting.ts";

/**
 * Pause before measuring. V8 collects garbage once, about 8 s after the last work: 40 ms of CPU
 * time (seen with strace, Node 20). The report says that it is left out.
 */
const SETTLE_MS = 12_000;
/** A larger share of a core is work, not the bookkeeping of the runtime. */
const NOTHING = 0.001;

/**
 * Measures the server without viewers: after its start, and after the last viewer left and the
 * linger time passed.
 */
export async function idle(setting: Setting): Promise<Section> {
  const server = await launch(setting.contenders.ours);
  const { pid } = server.running;
  const seconds = setting.quick ? 3 : 10;
  const measure = async (when: string) => {
    setting.say(`stillstream, idle ${when}`);
    const [cpu, woken] = [cpuSeconds(pid), wakeups(pid)];
    await sleep(seconds * 1000);
    const core = (cpuSeconds(pid) - cpu) / seconds;
    const rss = Math.round(rssBytes(pid) / 1e6);
    return { core, row: [when, (core * 100).toFixed(3), ((wakeups(pid) - woken) / seconds).toFixed(1), String(rss)] };
  };
  try {
    await sleep(SETTLE_MS);
    const before = await measure("after the start");
    await load(setting.client, server, { viewers: 20, warmup: 0, seconds: 2 });
    await sleep(LINGER_MS + SETTLE_MS);
    const after = await measure("after the last viewer left");
    const worst = Math.max(before.core, after.core);
    const measured = `${(worst * 100).toFixed(3)} %`;
    return {
      title: "Nobody watches",
      about:
        `CPU of the server over ${seconds} s without a viewer; the second time after 20 viewers and a linger of ${LINGER_MS} ms.\n` +
        `Each begins ${SETTLE_MS / 1000} s later, past the one garbage collection V8 makes some 8 s after the last activity, which costs\n` +
        "about 40 ms of CPU and is not counted here.",
      header: ["when", "% of a core", "wakeups/s", "memory MB"],
      rows: [before.row, after.row],
      targets: [{ what: "CPU with nobody watching", target: "0 (below 0.1 %)", measured, met: worst < NOTHING }],
      notes: [],
    };
  } finally {
    await server.running.stop();
  }
}
