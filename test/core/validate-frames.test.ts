import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUNDARY } from "../../src/core/boundary.ts";
import { CameraStats } from "../../src/core/camera-stats.ts";
import { type Repair, validateFrames } from "../../src/core/validate-frames.ts";

const usual: Repair = (jpeg) => ({ jpeg, width: 4, height: 3, repaired: false });

/** Returns what becomes of frames with these texts. */
async function validated(texts: readonly string[], repair: Repair, signal = new AbortController().signal) {
  const stats = new CameraStats();
  const [shown, dropped, notes]: [string[], string[], string[]] = [[], [], []];
  async function* source() {
    for (const text of texts) yield Buffer.from(text);
  }
  const options = {
    repair,
    stamp: (frame: Parameters<CameraStats["frame"]>[0]) => stats.frame(frame),
    dropped: (reason: string) => void dropped.push(reason),
    note: (text: string) => void notes.push(text),
  };
  for await (const { jpeg } of validateFrames(source(), signal, options)) shown.push(Buffer.from(jpeg).toString());
  return { shown, dropped, notes, stats };
}

test("frames that can be shown are, and the others are dropped with a reason", async () => {
  const repair: Repair = (jpeg) => (jpeg.length > 3 ? { reason: "too long" } : usual(jpeg));
  const { shown, dropped, notes } = await validated(["one", "three", "two"], repair);
  assert.deepEqual([shown, dropped, notes], [["one", "two"], ["too long"], []]);
});

test("a remark is told once, until there is another", async () => {
  const repair: Repair = (jpeg) => ({ ...usual(jpeg), remark: Buffer.from(jpeg).toString() }) as ReturnType<Repair>;
  const { shown, notes } = await validated(["a", "a", "b", "b", "a"], repair);
  assert.deepEqual(notes, ["a", "b", "a"]);
  assert.equal(shown.length, 5);
});

test("a frame that holds the boundary of streams is not shown", async () => {
  const { shown, dropped } = await validated(["one", `x--${BOUNDARY}x`], usual);
  assert.deepEqual(shown, ["one"]);
  assert.deepEqual(dropped, ["A frame holds the stream boundary, which no camera sends by chance"]);
});

test("nothing comes from a run that was given up", async () => {
  const { shown } = await validated(["one"], usual, AbortSignal.abort());
  assert.deepEqual(shown, []);
});
