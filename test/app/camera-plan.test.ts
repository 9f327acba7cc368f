import assert from "node:assert/strict";
import { test } from "node:test";
import { type CameraPlan, cameraPlansOf, difference, isOpenedTheSame } from "../../src/app/camera-plan.ts";
import { withLocalPeers } from "../../src/app/create-gate.ts";
import { registries } from "../../src/app/registries.ts";
import { parseFlags } from "../../src/config/flags.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Problems } from "../../src/config/problems.ts";
import { deepEqual } from "../../src/util/deep-equal.ts";

/** The plans of a command line. */
async function plans(...args: string[]): Promise<CameraPlan[]> {
  const problems = new Problems();
  const flags = parseFlags(args, problems);
  return cameraPlansOf(withLocalPeers(await loadConfig({ flags, env: {}, registries, problems })));
}

async function plan(...args: string[]): Promise<CameraPlan> {
  return (await plans(...args))[0] as CameraPlan;
}

/**
 * Everything that options may be: numbers, texts, switches, lists, ranges of addresses, overlays.
 */
const CAMERAS = [
  "fake#fps=3#title=Door",
  "webcam:/dev/video0#width=1280#quality=7",
  "pi#tuning=/t.json#awb=tungsten",
  "tcp-listen:127.0.0.1:5000#allow=10.0.0.0/8,192.168.0.7",
  "udp-listen:5000",
  "ffmpeg:rtsp://10.0.0.9/live#width=640",
  "http://10.0.0.8/stream?id=2#fps=5",
];

for (const camera of CAMERAS) {
  test(`${camera} read twice is the same, and is not what it is with another title`, async () => {
    const [once, again] = [await plan(`door=${camera}`), await plan(`door=${camera}`)];
    assert.ok(deepEqual(once, again));
    assert.deepEqual(difference(once, again), { cameras: [], outputs: [] });
    const other = await plan(`door=${camera.replace(/#title=[^#]*/, "")}#title=Other`);
    assert.ok(!deepEqual(once, other));
    assert.ok(isOpenedTheSame(once.config, other.config));
  });
}

test("who may connect is part of what is compared, though it is told from addresses by a function", async () => {
  const [ten, other] = [await plan("tcp-listen:5000#allow=10.0.0.0/8"), await plan("tcp-listen:5000#allow=11.0.0.0/8")];
  const [locals, everybody] = [await plan("tcp-listen:5000"), await plan("--public", "tcp-listen:5000")];
  assert.ok(!isOpenedTheSame(ten.config, other.config));
  assert.ok(!isOpenedTheSame(ten.config, locals.config));
  assert.ok(!isOpenedTheSame(locals.config, everybody.config));
});

test("an output that is there twice is missed once where it is there once", async () => {
  const output = ["--output", "tcp-listen:5000#quality=50"];
  const [twice, once] = [await plan(...output, ...output, "fake"), await plan(...output, "fake")];
  assert.equal(difference(twice, once).outputs.length, 1);
  assert.equal(difference(once, twice).outputs.length, 0);
});

test("what is attached without a camera's name belongs to the first", async () => {
  const [door, yard] = await plans(
    "--output",
    "tcp-listen:5000",
    "--messages",
    "yard=udp-listen:6666",
    "door=fake",
    "yard=fake",
  );
  assert.deepEqual(
    door?.outputs.map(({ what }) => what),
    ["output"],
  );
  assert.deepEqual(
    yard?.outputs.map(({ what }) => what),
    ["messages"],
  );
});
