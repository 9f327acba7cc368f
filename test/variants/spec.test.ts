import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { keyOf, transformKeyOf } from "../../src/variants/key.ts";
import { queryOptions, type VariantSpec, variantOptions, variantSpecOf } from "../../src/variants/spec.ts";
import { Transformer } from "../../src/variants/transformer.ts";
import { noisePicture } from "../support/pixels.ts";

const query = z.strictObject(queryOptions);

/** What is wrong with a text as the value of an option. */
function problemOf(name: string, value: unknown): string | undefined {
  return query.safeParse({ [name]: value }).error?.issues[0]?.message;
}

test("every option says what it must be when it is something else", () => {
  const rules: Readonly<Record<string, [rule: string, wrong: unknown[], right: string[]]>> = {
    width: [
      "must be a whole number from 1 to 65535",
      ["0", "-1", "abc", "1.5", "65536", "1e3", "", "0x10", ["1", "2"]],
      ["1", "0640"],
    ],
    height: ["must be a whole number from 1 to 65535", ["0", "-1", "abc", ["1", "2"]], ["1", "65535"]],
    scale: [
      "must be a number above 0 and up to 1",
      ["0", "1.1", "-0.5", "half", "50%", ["0.5", "0.5"]],
      ["0.5", "1", ".3334"],
    ],
    quality: ["must be a whole number from 1 to 100", ["0", "101", "high", "-5", ["70", "70"]], ["1", "100"]],
    rotate: ["must be one of 90, 180, 270", ["0", "45", "360", "-90", "left", "90.0", ["90", "180"]], ["90", "270"]],
    flip: ["must be one of h, v, hv", ["x", "vh", "H", ["h", "v"]], ["h", "v", "hv"]],
    crop: [
      "must be x,y,width,height, each a part of 1 such as 0.25,0,0.5,1, and inside the picture",
      [
        "1",
        "0,0,1",
        "0,0,1,1,1",
        "0,0,0,1",
        "0,0,1,0",
        "0.6,0,0.5,1",
        "0,0.6,1,0.5",
        "-0.1,0,1,1",
        "a,b,c,d",
        "0,,1,1",
      ],
      ["0,0,1,1", ".5,.5,.5,.5", "0.1,0.7,0.9,0.3"],
    ],
    gray: ["must be true or false", ["yes", "2", ["", ""]], ["", "1", "true", "0", "false"]],
    fps: ["must be a number above 0 and up to 1000", ["0", "-1", "fast", "1001", ["1", "2"]], ["0.5", "1000", "29.97"]],
  };
  assert.deepEqual(Object.keys(rules), Object.keys(queryOptions));
  for (const [name, [rule, wrong, right]] of Object.entries(rules)) {
    for (const value of wrong) assert.equal(problemOf(name, value), rule, `${name}=${String(value)}`);
    for (const value of right) assert.equal(problemOf(name, value), undefined, `${name}=${value}`);
  }
});

test("an output's options are a spec, with what else they have left out", () => {
  const options = z.strictObject({ ...variantOptions, port: z.number() });
  const parsed = options.parse({ port: 7, width: "640", height: 480, quality: "70", fps: "5", fit: "exact" });
  assert.equal(keyOf(variantSpecOf(parsed)), "width=640&height=480&fit=exact&quality=70&fps=5");
});

test("a spec's key is a query that asks for the same", () => {
  const given = {
    width: "0640",
    crop: ".50,0.0,0.5,.25",
    rotate: "90",
    flip: "v",
    gray: "",
    quality: "070",
    fps: "5.0",
  };
  const key = keyOf(query.parse(given));
  assert.equal(key, "width=640&quality=70&rotate=270&flip=h&crop=0.5,0,0.5,0.25&gray=true&fps=5");
  assert.equal(keyOf(query.parse(Object.fromEntries(new URLSearchParams(key)))), key);
});

test("what changes no picture at all has no key, and a rate none that counts", () => {
  for (const spec of [
    {},
    { rotate: 180, flip: "hv" },
    { crop: { x: 0, y: 0, width: 1, height: 1 } },
    { gray: false },
    { fit: "exact" },
  ] satisfies VariantSpec[]) {
    assert.equal(keyOf(spec), "", JSON.stringify(spec));
  }
  assert.equal(keyOf({ fps: 5 }), "fps=5");
  assert.equal(transformKeyOf({ fps: 5 }), "");
  assert.equal(transformKeyOf({ fps: 5, width: 9 }), "width=9");
});

/** A spec, and ways to write each of its parts that mean the same. */
const spellings = fc
  .record(
    {
      width: fc.integer({ min: 1, max: 99 }),
      height: fc.integer({ min: 1, max: 99 }),
      quality: fc.integer({ min: 1, max: 100 }),
      turn: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7),
      crop: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 50 }))),
      gray: fc.constant(true),
      fps: fc.integer({ min: 1, max: 60 }),
    },
    { requiredKeys: [] },
  )
  .chain((spec) => fc.tuple(spelled(spec), spelled(spec)));

/** Each turn as rotations and flips that come to the same. */
const TURNS: ReadonlyArray<ReadonlyArray<{ rotate?: string; flip?: string }>> = [
  [{}, { rotate: "180", flip: "hv" }],
  [{ rotate: "90" }, { rotate: "270", flip: "hv" }],
  [{ rotate: "180" }, { flip: "hv" }],
  [{ rotate: "270" }, { rotate: "90", flip: "hv" }],
  [{ flip: "h" }, { rotate: "180", flip: "v" }],
  [
    { rotate: "90", flip: "h" },
    { rotate: "270", flip: "v" },
  ],
  [{ rotate: "180", flip: "h" }, { flip: "v" }],
  [
    { rotate: "270", flip: "h" },
    { rotate: "90", flip: "v" },
  ],
];

interface Drawn {
  width?: number;
  height?: number;
  quality?: number;
  turn?: number;
  crop?: number[];
  gray?: true;
  fps?: number;
}

function spelled({ width, height, quality, turn = 0, crop, gray, fps }: Drawn): fc.Arbitrary<Record<string, string>> {
  const zeros = fc.constantFrom("", "0", "000");
  const whole = (number: number | undefined) => (number === undefined ? undefined : zeros.map((z) => `${z}${number}`));
  const fraction = (number: number) =>
    fc.constantFrom(`${number / 100}`, `0${number / 100}0`, `${number / 100}`.slice(1));
  const fields = {
    width: whole(width),
    height: whole(height),
    quality: whole(quality),
    crop: crop && fc.tuple(...crop.map(fraction)).map((parts) => parts.join(",")),
    gray: gray ? fc.constantFrom("", "1", "true") : fc.constantFrom(undefined, "0", "false"),
    fps: fps === undefined ? undefined : fc.constantFrom(`${fps}`, `${fps}.0`, `0${fps}.00`),
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)) as Record<
    string,
    fc.Arbitrary<string | undefined>
  >;
  return fc
    .tuple(fc.record(given), fc.constantFrom(...(TURNS[turn] as [object])), fc.boolean())
    .map(([fields, turned, reversed]) => {
      const entries = Object.entries({ ...fields, ...turned }).filter(([, value]) => value !== undefined);
      return Object.fromEntries(reversed ? entries.reverse() : entries) as Record<string, string>;
    });
}

test("any two spellings of a spec give the same key and the same bytes", async () => {
  const source = await noisePicture(48, 36, { orientation: 5, quality: 90 });
  const make = async (spec: VariantSpec) => {
    const transformer = new Transformer(spec);
    const plan = transformer.plan(source);
    return plan === undefined ? source : await transformer.run(source, plan);
  };
  await fc.assert(
    fc.asyncProperty(spellings, async ([one, other]) => {
      const [a, b] = [query.parse(one), query.parse(other)];
      assert.equal(keyOf(a), keyOf(b));
      assert.deepEqual(await make(a), await make(b));
    }),
    { numRuns: 200 },
  );
});

test("specs that are not the same have keys that are not", () => {
  const specs: VariantSpec[] = [
    { width: 1 },
    { height: 1 },
    { width: 1, fit: "exact" },
    { width: 11 },
    { quality: 1 },
    { maxBytes: 1 },
    { rotate: 90 },
    { rotate: 180 },
    { rotate: 270 },
    { flip: "h" },
    { flip: "v" },
    { rotate: 90, flip: "h" },
    { rotate: 90, flip: "v" },
    { crop: { x: 0, y: 0, width: 0.5, height: 1 } },
    { crop: { x: 0.5, y: 0, width: 0.5, height: 1 } },
    { crop: { x: 0, y: 0, width: 1, height: 0.5 } },
    { gray: true },
    { fps: 1 },
    { fps: 1, width: 1 },
  ];
  assert.equal(new Set(specs.map(keyOf)).size, specs.length);
});
