import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { fakeCamera, NEEDS_FAKECAM } from "../support/cameras/fakecam.ts";
import { until } from "../support/deferred.ts";
import { holdings } from "../support/programs/proc.ts";
import { type Program, startProgram } from "../support/programs/program.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

const UNPLUGS = 8;

async function status({ url }: Program): Promise<CameraReport> {
  return (await (await fetch(`${url}/api/cameras/webcam`)).json()) as CameraReport;
}

test(`${UNPLUGS} times unplugged and plugged in: viewers stay, and the program holds no more than before`, {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const camera = fakeCamera(t);
  const program = await startProgram(t, ["webcam:/dev/video0", "--linger", "100ms"], { env: camera.env });
  const pid = program.process.pid as number;
  const cycle = async () => {
    const { frames } = await status(program);
    camera.unplug();
    const gone = await until("it is retrying", async () => {
      const now = await status(program);
      return now.state === "retrying" ? now : undefined;
    });
    assert.match(gone.lastError?.message ?? "", /^(The camera at \/dev\/video0 was unplugged|There is no camera at)/);
    camera.plug();
    // It must live for longer than the pause before its next opening, or pauses double.
    await until("it is back", async () => (await status(program)).frames > frames + 40, 60_000);
  };
  const viewers = [1, 2].map(() => watchStream(t, `${program.url}/video_feed`, { keep: false }));
  await until("it is live", async () => (await status(program)).frames > 5);
  // Code that is loaded once does not count, such as that of the first placeholder.
  camera.unplug();
  await until("a placeholder is seen", async () => (await status(program)).viewers.every(({ card }) => card));
  camera.plug();
  await cycle();
  const before = holdings(pid);
  for (let count = 0; count < UNPLUGS; count++) await cycle();
  assert.deepEqual(
    viewers.map(({ ended }) => ended),
    [false, false],
  );
  assert.ok((await status(program)).restarts > UNPLUGS);
  await until("all is released", () => {
    const now = holdings(pid);
    return (Object.keys(now) as (keyof typeof now)[]).every((key) => now[key] <= before[key]);
  });
});
