import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { EncodeSlots } from "../../src/transform/encode-slots.ts";
import { MAX_VARIANTS, VariantLimitError } from "../../src/transform/encoders.ts";
import type { VariantSpec } from "../../src/transform/transform-spec.ts";
import { Variants } from "../../src/transform/variants.ts";
import { handSource, watch } from "../support/cameras/hand-source.ts";
import { deferred, until } from "../support/deferred.ts";
import { noiseImage, sizeOf } from "../support/images/pixels.ts";
import { ROOT } from "../support/paths.ts";

const pictures = await Promise.all([1, 2, 3, 4, 5].map((seed) => noiseImage(64, 48, { seed })));
const [a, b, c, d] = pictures as [Buffer, Buffer, Buffer, Buffer];

/** Variants whose encodes wait until the test lets them. */
function heldVariants() {
  const slots = new EncodeSlots(1);
  const gate = deferred();
  void slots.run(
    () => ["test"],
    () => gate.promise,
  );
  const source = handSource();
  return { source, variants: new Variants(source, { slots }), go: () => gate.resolve() };
}

function only<T>(items: readonly T[]): T {
  assert.equal(items.length, 1);
  return items[0] as T;
}

test("specs that mean the same are the same source, and one encode for all viewers", async () => {
  const source = handSource();
  const variants = new Variants(source);
  const one = variants.of({ width: 32, rotate: 180, flip: "hv" });
  assert.equal(variants.of({ width: 32 }), one);
  const viewers = Array.from({ length: 100 }, () => watch(one));
  for (const [index, picture] of pictures.entries()) {
    await source.show(picture);
    await until("all have it", () => viewers.every(({ frames }) => frames.length === index + 1));
  }
  const status = only(variants.status());
  assert.equal(status.encodes, pictures.length);
  assert.equal(new Set(viewers.map(({ frames }) => frames[0]?.jpeg)).size, 1, "they share the bytes");
  for (const viewer of viewers) viewer.leave();
});

test("a transformed frame keeps the number and time of its source's, and has an ordinal of its own", async () => {
  const source = handSource();
  const viewer = watch(new Variants(source).of({ width: 32 }));
  const shown = await source.show(a);
  const frame = await until("it is encoded", () => viewer.frames[0]);
  assert.deepEqual({ seq: frame.seq, capturedAt: frame.capturedAt }, { seq: shown.seq, capturedAt: shown.capturedAt });
  assert.equal(frame.ordinal, 0);
  assert.deepEqual(sizeOf(frame.jpeg), { width: 32, height: 24 });
  viewer.leave();
});

test("what changes nothing of a picture gives its own bytes, and costs no encode", async () => {
  const source = handSource();
  const variants = new Variants(source);
  assert.equal(variants.of({}), source);
  assert.equal(variants.of({ rotate: 180, flip: "hv" }), source);
  const viewers = [{ width: 9999 }, { fps: 1000 }, { width: 9999, fps: 1000 }].map((spec) => watch(variants.of(spec)));
  await source.show(a);
  for (const viewer of viewers) {
    assert.equal((await until("it has come", () => viewer.frames[0])).jpeg, a);
  }
  const status = only(variants.status());
  assert.deepEqual([status.key, status.encodes, status.unchanged, status.cpuShare], ["width=9999", 0, 1, 0]);
  for (const viewer of viewers) viewer.leave();
});

test("while one picture is encoded only the newest of those that come waits", async () => {
  const { source, variants, go } = heldVariants();
  const viewer = watch(variants.of({ width: 32 }));
  for (const picture of pictures) await source.show(picture);
  go();
  await until("one is encoded", () => viewer.frames.length === 1);
  assert.equal(viewer.frames[0]?.seq, 4);
  const status = only(variants.status());
  assert.deepEqual([status.encodes, status.skipped], [1, 4]);
  viewer.leave();
});

test("pictures of one variant come in order, although one that needs no encode is ready sooner", async () => {
  const { source, variants, go } = heldVariants();
  const viewer = watch(variants.of({ width: 32 }));
  await source.show(a);
  const small = await noiseImage(20, 15);
  await source.show(small);
  await until("the small one has passed", () => viewer.frames.length === 1);
  assert.equal(viewer.frames[0]?.jpeg, small);
  go();
  await until("the large one is encoded", () => only(variants.status()).encodes === 1);
  await source.show(b);
  await until("the next has come", () => viewer.frames.some(({ seq }) => seq === 2));
  assert.deepEqual(
    viewer.frames.map(({ seq }) => seq),
    [1, 2],
    "the older is not shown after the newer",
  );
  viewer.leave();
});

test("a variant stops with its last viewer, and gives up what it was about to encode", async () => {
  const { source, variants, go } = heldVariants();
  const [one, other] = [watch(variants.of({ width: 32 })), watch(variants.of({ width: 32 }))];
  await source.show(a);
  one.leave();
  await until("it has left", () => one.ended);
  assert.equal(source.open, true);
  other.leave();
  await until("nobody watches the source", () => !source.open);
  go();
  const next = watch(variants.of({ width: 16 }));
  await source.show(b);
  await until("another variant works", () => next.frames.length === 1);
  assert.deepEqual(
    variants.status().map(({ key, encodes }) => [key, encodes]),
    [
      ["width=32", 0],
      ["width=16", 1],
    ],
  );
  next.leave();
});

test("a viewer that comes when all have left sees new pictures", async () => {
  const source = handSource();
  const variants = new Variants(source);
  for (const picture of [a, b]) {
    const viewer = watch(variants.of({ width: 32 }));
    await source.show(picture);
    await until("it sees one", () => viewer.frames.length === 1);
    viewer.leave();
    await until("it has left", () => !source.open);
  }
  assert.equal(only(variants.status()).encodes, 2);
});

test("a source that ends ends its variants, with its last picture", async () => {
  const { source, variants, go } = heldVariants();
  const viewer = watch(variants.of({ width: 32 }));
  await source.show(a);
  source.end();
  go();
  await until("it has ended", () => viewer.ended);
  assert.equal(viewer.frames.length, 1);
  assert.equal(viewer.error, undefined);
});

test("more transforms than eight at a time are refused, by those there are; rates and shared ones count for nothing", async () => {
  const source = handSource();
  const variants = new Variants(source);
  const specs = Array.from({ length: MAX_VARIANTS }, (_, index) => ({ width: 10 + index }));
  const viewers = specs.map((spec) => watch(variants.of(spec)));
  await until("the source is open", () => source.open);
  const refused = () => variants.of({ width: 99 });
  const keys = specs.map(({ width }) => `width=${width}`).join(", ");
  assert.throws(refused, (error) => {
    assert.ok(error instanceof VariantLimitError);
    assert.equal(error.message, `Too many variants: all 8 of this camera are in use. Use one of them: ${keys}`);
    return true;
  });
  await assert.rejects(variants.encode({ width: 99 }, await source.show(a)), VariantLimitError);
  const more = [{ width: 10 }, { width: 10, fps: 5 }, { fps: 3 }, { fps: 4 }, {}].map((spec) =>
    watch(variants.of(spec)),
  );
  viewers[3]?.leave();
  await until("there is room", () => {
    try {
      return refused();
    } catch {
      return undefined;
    }
  });
  for (const viewer of [...viewers, ...more]) viewer.leave();
});

test("a transform that was asked for and never watched is not in use", async () => {
  const variants = new Variants(handSource());
  for (let width = 1; width < 100; width++) variants.of({ width });
  assert.ok(variants.status().length <= MAX_VARIANTS);
});

test("a source that is kept for later works then, whatever was asked for meanwhile, or says that there is no room", async () => {
  const source = handSource();
  const variants = new Variants(source);
  const kept = variants.of({ width: 32 });
  for (let width = 1; width <= 20; width++) variants.of({ width });
  const other = watch(variants.of({ width: 32 }));
  const viewer = watch(kept);
  await source.show(a);
  await until("both see it", () => viewer.frames.length === 1 && other.frames.length === 1);
  assert.equal(viewer.frames[0]?.jpeg, other.frames[0]?.jpeg, "one encode");
  for (const one of [viewer, other]) one.leave();
  await until("they have left", () => !source.open);

  const busy = Array.from({ length: MAX_VARIANTS }, (_, index) => watch(variants.of({ width: 50 + index })));
  const late = watch(kept);
  await until("it is refused", () => late.ended);
  assert.ok(late.error instanceof VariantLimitError);
  for (const one of busy) one.leave();
  await until("nothing is left open", () => !source.open);
});

test("a picture that cannot be read is passed over and counted, and others are unharmed", async () => {
  const source = handSource();
  const variants = new Variants(source);
  const [small, gray, plain] = [{ width: 32 }, { gray: true }, {}].map((spec) => watch(variants.of(spec)));
  const torn = a.subarray(0, a.length / 2);
  const shown: Buffer[] = [torn, b, Buffer.from("no picture"), c];
  for (const [index, picture] of shown.entries()) {
    await source.show(picture);
    await until("the camera's own bytes have come", () => plain?.frames.length === index + 1);
    const whole = shown.slice(0, index + 1).filter((one) => one === b || one === c).length;
    await until("the others have passed it over, or seen it", () => {
      const hasCounted = variants.status().every(({ failed }) => failed === index + 1 - whole);
      return hasCounted && small?.frames.length === whole && gray?.frames.length === whole;
    });
  }
  assert.deepEqual(
    plain?.frames.map(({ jpeg }) => jpeg),
    shown,
  );
  for (const status of variants.status()) {
    assert.equal(status.failed, 2, status.key);
    assert.equal(status.lastError?.message, "The frame cannot be read: it has no frame header with a size");
    assert.ok(Math.abs(status.lastError.at - Date.now()) < 60_000);
  }
  for (const viewer of [small, gray, plain]) viewer?.leave();
});

test("a rate drops pictures and changes none, and shares the encodes of its transform", async () => {
  const source = handSource();
  const variants = new Variants(source);
  const all = watch(variants.of({ width: 32 }));
  const few = watch(variants.of({ width: 32, fps: 0.01 }));
  const plain = watch(variants.of({ fps: 0.01 }));
  for (const [index, picture] of [a, b, c, d].entries()) {
    await source.show(picture);
    await until("it has come", () => all.frames.length === index + 1);
  }
  assert.equal(few.frames.length, 1);
  assert.equal(few.frames[0]?.jpeg, all.frames[0]?.jpeg);
  assert.equal(plain.frames.length, 1);
  assert.equal(plain.frames[0]?.jpeg, a);
  assert.equal(only(variants.status()).encodes, 4);
  for (const viewer of [all, few, plain]) viewer.leave();
});

test("snapshots share the encode of simultaneous snapshots and of viewers", async () => {
  const source = handSource();
  const variants = new Variants(source);
  const viewer = watch(variants.of({ width: 32 }));
  const frame = await source.show(a);
  const spec: VariantSpec = { width: 32, fps: 3 };
  const asked = await Promise.all(Array.from({ length: 10 }, () => variants.encode(spec, frame)));
  await until("it is watched", () => viewer.frames.length === 1);
  assert.ok(asked.every(({ jpeg }) => jpeg === viewer.frames[0]?.jpeg));
  assert.equal(only(variants.status()).encodes, 1);
  assert.equal((await variants.encode({}, frame)).jpeg, a);
  assert.deepEqual(variants.sizeOf({ width: 32 }), { width: 32, height: 24 });
  assert.equal(variants.sizeOf({ width: 33 }), undefined);
  viewer.leave();
});

test("a single picture that has to wait may be a newer one, never an older", async () => {
  const { source, variants, go } = heldVariants();
  const viewer = watch(variants.of({ width: 32 }));
  const old = await source.show(a);
  const asked = variants.encode({ width: 32 }, old);
  const { seq } = await source.show(b);
  go();
  assert.equal((await asked).seq, seq);
  assert.equal((await variants.encode({ width: 32 }, old)).seq, seq);
  viewer.leave();
});

test("the status of a variant says what it costs", async () => {
  const source = handSource();
  const variants = new Variants(source);
  const viewer = watch(variants.of({ width: 32, fps: 1000, gray: true }));
  for (const [index, picture] of pictures.entries()) {
    await source.show(picture);
    await until("it has come", () => viewer.frames.length === index + 1);
  }
  const { encodesPerSecond, msPerEncode, cpuShare, ...rest } = only(variants.status());
  assert.deepEqual(rest, {
    key: "width=32&gray=true",
    width: 32,
    height: 24,
    encodes: 5,
    unchanged: 0,
    skipped: 0,
    failed: 0,
    lastError: null,
  });
  assert.ok(encodesPerSecond > 0 && msPerEncode > 0);
  assert.ok(Math.abs(cpuShare - (encodesPerSecond * msPerEncode) / 1000) < 0.2, `${cpuShare}`);
  viewer.leave();
});

test("sharp is loaded with the first picture that needs it, and not before", () => {
  const script = `
    import { readFileSync } from "node:fs";
    import { Variants } from "./dist/transform/variants.js";
    const jpeg = readFileSync("public/fake/1.jpg");
    const variants = new Variants({ subscribe: async function* () { yield { jpeg, seq: 0, capturedAt: 0, at: 0 }; } });
    const isLoaded = () => process.report.getReport().sharedObjects.some((path) => path.includes("libvips"));
    const see = async (spec) => { for await (const _ of variants.of(spec).subscribe(new AbortController().signal)); };
    await see({ width: 9999 });
    const before = isLoaded();
    await see({ width: 99 });
    console.log(before, isLoaded());
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.equal(stdout.trim(), "false true", stderr);
});
