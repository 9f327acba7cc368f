import assert from "node:assert/strict";
import { test } from "node:test";
import { readHeader } from "../../src/jpeg/read-header.ts";
import { ByteFitter } from "../../src/transform/fit-bytes.ts";
import { Transformer } from "../../src/transform/transformer.ts";
import { noiseImage, sceneImage } from "../support/images/pixels.ts";

const wanted = { quality: 80, size: { width: 640, height: 360 } };

/**
 * An encoder whose pictures are as large as their quality and size say, and what it was asked for.
 */
function fakeEncoder(bytesAtBest: number, header = 0) {
  const attempts: Array<{ quality: number; width: number }> = [];
  const encode = async ({ quality, size }: typeof wanted) => {
    attempts.push({ quality, width: size.width });
    return Buffer.alloc(header + Math.ceil((bytesAtBest * quality * size.width) / (80 * 640)));
  };
  return { attempts, encode };
}

test("a picture that fits is encoded once, as it is wanted", async () => {
  const { attempts, encode } = fakeEncoder(1000);
  assert.equal((await new ByteFitter(1000).fit(wanted, encode)).length, 1000);
  assert.deepEqual(attempts, [{ quality: 80, width: 640 }]);
});

test("quality is lowered first, and then size, and it is remembered for the next picture", async () => {
  const fitting = new ByteFitter(1000);
  const some = fakeEncoder(2000);
  assert.ok((await fitting.fit(wanted, some.encode)).length <= 1000);
  assert.ok(some.attempts.every(({ quality, width }) => quality >= 20 && width === 640));
  const again = fakeEncoder(2000);
  await fitting.fit(wanted, again.encode);
  assert.equal(again.attempts.length, 1);

  const much = fakeEncoder(100_000);
  assert.ok((await fitting.fit(wanted, much.encode)).length <= 1000);
  const last = much.attempts.at(-1);
  assert.ok(last?.quality === 20 && last.width < 640, JSON.stringify(last));
});

test("when pictures leave room again they get better from one to the next, up to what is wanted", async () => {
  const fitting = new ByteFitter(1000);
  await fitting.fit(wanted, fakeEncoder(100_000).encode);
  const easy = fakeEncoder(100);
  for (let picture = 0; picture < 200; picture++) await fitting.fit(wanted, easy.encode);
  assert.deepEqual(easy.attempts.at(-1), { quality: 80, width: 640 });
  assert.equal(easy.attempts.length, 200, "not one of them twice");
});

test("pictures that do not change settle at a size near the limit, one encode each", async () => {
  const fitting = new ByteFitter(1000);
  const same = fakeEncoder(3000);
  let bytes = 0;
  for (let picture = 0; picture < 50; picture++) bytes = (await fitting.fit(wanted, same.encode)).length;
  assert.ok(bytes > 700 && bytes <= 1000, `${bytes}`);
  assert.ok(same.attempts.length <= 55, `${same.attempts.length}`);
});

test("what does not fit however small is an error, which costs one encode from then on", async () => {
  const fitting = new ByteFitter(200);
  const { attempts, encode } = fakeEncoder(1000, 300);
  await assert.rejects(fitting.fit(wanted, encode), /^Error: The frame does not fit in 200 bytes, however small$/);
  const tries = attempts.length;
  assert.ok(tries < 40, `${tries}`);
  await assert.rejects(fitting.fit(wanted, encode));
  assert.equal(attempts.length, tries + 1);
});

test("real pictures fit, of noise and of scenes, with a size wanted and without", async () => {
  for (const source of [await noiseImage(640, 360), await sceneImage(640, 360)]) {
    for (const maxBytes of [60_000, 8000, 1400]) {
      for (const spec of [{ maxBytes }, { maxBytes, width: 320, quality: 90 }]) {
        const transformer = new Transformer(spec);
        const plan = transformer.plan(source);
        const made = plan === undefined ? source : await transformer.run(source, plan);
        assert.ok(made.length <= maxBytes, `${made.length} of ${maxBytes}`);
        assert.ok(made.length > maxBytes / 4 || source.length < 20_000, `${made.length} of ${maxBytes} is too careful`);
        const { width = 0, height = 0 } = readHeader(made) ?? {};
        assert.ok(Math.abs(width / height - 16 / 9) < 0.2, `${width}×${height}`);
      }
    }
  }
});

test("a picture that fits already, and is asked for nothing else, keeps its bytes", async () => {
  const source = await sceneImage(320, 180);
  assert.equal(new Transformer({ maxBytes: source.length }).plan(source), undefined);
  assert.notEqual(new Transformer({ maxBytes: source.length - 1 }).plan(source), undefined);
});
