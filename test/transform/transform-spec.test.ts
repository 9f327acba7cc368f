import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { kebabCase } from "../../src/options/option-names.ts";
import { findTimeZone, ownTimeZone } from "../../src/transform/overlay/time-zone.ts";
import { queryOptions, type VariantSpec, variantOptions, variantSpecOf } from "../../src/transform/transform-spec.ts";
import { Transformer } from "../../src/transform/transformer.ts";
import { transformKey, variantKey } from "../../src/transform/variant-key.ts";
import { noiseImage } from "../support/images/pixels.ts";

const query = z.strictObject(queryOptions);

/** Reads a query by the names that people write. */
function parseQuery(text: string): VariantSpec {
  const keyOf = new Map(Object.keys(queryOptions).map((key) => [kebabCase(key), key]));
  const written = Array.from(new URLSearchParams(text), ([name, value]) => [keyOf.get(name) ?? name, value]);
  return query.parse(Object.fromEntries(written));
}

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
    rotate: [
      "must be one of 0, 90, 180, 270",
      ["45", "360", "-90", "left", "90.0", "090", ["90", "180"]],
      ["0", "90", "270"],
    ],
    flip: ["must be one of h, v, hv", ["x", "vh", "H", ["h", "v"]], ["h", "v", "hv"]],
    crop: [
      "must be x,y,width,height, each a part of 1 such as 0.25,0,0.5,1, and inside the frame",
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
        "0,0,1e-3,1",
        "0,0,+1,1",
        "0 0,0,1,1",
      ],
      ["0,0,1,1", ".5,.5,.5,.5", "0.1,0.7,0.9,0.3", "0, 0, 1, .5"],
    ],
    gray: ["must be true or false", ["yes", "2", ["", ""]], ["", "1", "true", "0", "false"]],
    fps: ["must be a number above 0 and up to 1000", ["0", "-1", "fast", "1001", ["1", "2"]], ["0.5", "1000", "29.97"]],
    overlay: [
      "must be name, clock or text:TEXT, or several such as name,clock with text last, in up to 200 characters",
      [
        ...[
          "",
          "Name",
          "time",
          "name,",
          ",name",
          "name,,clock",
          "name clock",
          "true",
          "text",
          "text:",
          "text: ",
          "clock:",
        ],
        ...["name:x", "Gate 5", "time,text:x", "text:a\nb", "text:a\u0000", "text:\ud800", `text:${"x".repeat(196)}`],
        ["name", "clock"],
      ],
      [
        ...[
          "name",
          "clock",
          " name , clock ",
          "clock,name",
          "name,name",
          "text:a, b: c",
          "name,text:%H",
          "clock:%H,%M",
        ],
        ...[`text:${"x".repeat(195)}`, `text:${"\u{1F600}".repeat(195)}`, "text:text:", "text:<b>&"],
      ],
    ],
    tz: [
      "must be a time zone such as Europe/Berlin or UTC",
      ["", "Mars", "+02:00", "Europe", "5", ["UTC", "UTC"]],
      ["UTC", "europe/berlin", "Asia/Kolkata"],
    ],
    overlayPosition: [
      "must be one of top-left, top, top-right, bottom-left, bottom, bottom-right",
      ["", "left", "TOP", "top left", "center", ["top", "top"]],
      ["top", "bottom-right"],
    ],
  };
  const sameNames = "`rules` must have one row for each of `queryOptions`, in the same order";
  assert.deepEqual(Object.keys(rules), Object.keys(queryOptions), sameNames);
  for (const [name, [rule, wrong, right]] of Object.entries(rules)) {
    for (const value of wrong) assert.equal(problemOf(name, value), rule, `${name}=${String(value)}`);
    for (const value of right) assert.equal(problemOf(name, value), undefined, `${name}=${value}`);
    // Viewers with one key share an encode. Zone and position count only with an overlay.
    const overlay = { overlay: "text:%z" };
    const keys = right.map((value) => variantKey(query.parse({ ...overlay, [name]: value })));
    const missing = `${name} changes nothing in the key: add it to \`transformKey\` in variant-key.ts`;
    assert.ok(
      keys.some((key) => key !== variantKey(query.parse(overlay))),
      missing,
    );
  }
});

test("codes that no time has are answered with those there are", () => {
  for (const text of ["text:%q", "clock:%", "name,text:50% off", "text:%-d"]) {
    assert.equal(
      problemOf("overlay", text),
      "must be text whose codes are among %Y %y %m %B %b %d %j %A %a %H %I %p %M %S %z %Z %s %F %T %D %R %%, the last of them for a % itself",
      text,
    );
  }
});

test("an output's options are a spec, with what else they have left out", () => {
  const options = z.strictObject({ ...variantOptions, port: z.number() });
  const overlay = { overlay: "name,clock", tz: "Asia/Tokyo", overlayPosition: "top" };
  const parsed = options.parse({
    port: 7,
    width: "640",
    height: 480,
    quality: "70",
    fps: "5",
    fit: "exact",
    ...overlay,
  });
  assert.equal(
    variantKey(variantSpecOf(parsed)),
    "width=640&height=480&fit=exact&quality=70&overlay=name,clock&tz=Asia/Tokyo&overlay-position=top&fps=5",
  );
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
  const key = variantKey(query.parse(given));
  assert.equal(key, "width=640&quality=70&rotate=270&flip=h&crop=0.5,0,0.5,0.25&gray=true&fps=5");
  assert.equal(variantKey(parseQuery(key)), key);
});

test("numbers in a key are written out, however small, as a query takes them", () => {
  const key = variantKey(query.parse({ crop: "0.9999999,0,0.0000001,.00000025", fps: "0.0000012", scale: ".0000001" }));
  assert.equal(key, "scale=0.0000001&crop=0.9999999,0,0.0000001,0.00000025&fps=0.0000012");
  assert.equal(variantKey(parseQuery(key)), key);
});

test("an overlay has one key, which is visible ASCII and asks for the same", () => {
  const other = findTimeZone("Asia/Tokyo") === ownTimeZone() ? "Asia/Kathmandu" : "Asia/Tokyo";
  for (const [given, key] of [
    [{ overlay: " name ,clock" }, "overlay=name,clock"],
    [{ overlay: "clock:%Y-%m-%d %H:%M:%S", overlayPosition: "bottom-left" }, "overlay=clock"],
    [{ overlay: "text:%F %T", tz: ownTimeZone() ?? "UTC" }, "overlay=clock"],
    [{ overlay: "clock,text:%F %T" }, "overlay=clock,clock"],
    [{ overlay: "text: %H:%M", tz: other.toLowerCase() }, `overlay=text:%25R&tz=${other}`],
    [{ overlay: "name", tz: other }, "overlay=name"],
    [{ overlay: "text:100%% at %s", tz: other }, "overlay=text:100%25%25%20at%20%25s"],
    [
      { overlay: 'text:"Tür"&a=b+c#d', overlayPosition: "top" },
      "overlay=text:%22T%C3%BCr%22%26a%3Db%2Bc%23d&overlay-position=top",
    ],
    [{ tz: other, overlayPosition: "top" }, ""],
  ] as const) {
    assert.equal(variantKey(query.parse(given)), key);
    assert.equal(variantKey(parseQuery(key)), key);
  }
});

test("whatever an overlay says, its key is a query that asks for the same", () => {
  const code = fc.constantFrom("%Y", "%m", "%d", "%F", "%R", "%%", "-", ":", ",", "/");
  const texts = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 60 }).map((text) => text.replaceAll("%", "%%")),
    fc.array(code, { minLength: 1, maxLength: 30 }).map((codes) => codes.join("")),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom("", "name,", "clock, name ,"), (text, before) => {
      const parsed = query.safeParse({ overlay: `${before}text:${text}` });
      if (!parsed.success) return;
      const key = variantKey(parsed.data);
      assert.match(key, /^[\x21\x23-\x7e]+$/);
      assert.deepEqual(parseQuery(key), parsed.data);
    }),
  );
});

test("what changes no picture at all has no key, and a rate none that counts", () => {
  for (const spec of [
    {},
    { rotate: 180, flip: "hv" },
    { rotate: 0 },
    { crop: { x: 0, y: 0, width: 1, height: 1 } },
    { gray: false },
    { fit: "exact" },
    { tz: "UTC", overlayPosition: "top" },
  ] satisfies VariantSpec[]) {
    assert.equal(variantKey(spec), "", JSON.stringify(spec));
  }
  assert.equal(variantKey({ fps: 5 }), "fps=5");
  assert.equal(transformKey({ fps: 5 }), "");
  assert.equal(transformKey({ fps: 5, width: 9 }), "width=9");
});

/**
 * Overlays, each as it may be written. The server's own zone needs no name, and neither does any
 * where no time is.
 */
const OVERLAYS: ReadonlyArray<ReadonlyArray<Record<string, string>>> = [
  [
    { overlay: "name,clock" },
    { overlay: "name , clock:%F %H:%M:%S", tz: ownTimeZone() ?? "UTC" },
    { overlay: "name,text:%Y-%m-%d %T", overlayPosition: "bottom-left" },
  ],
  [{ overlay: "name" }, { overlay: " name", tz: "Asia/Tokyo" }],
  [{ overlay: "text:a, 50%%" }, { overlay: "text:  a, 50%% ", tz: "UTC" }],
  [
    { overlay: "text:%R", tz: "Asia/Kathmandu", overlayPosition: "top" },
    { overlay: "clock:%H:%M", tz: "asia/katmandu", overlayPosition: "top" },
  ],
];

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
      overlay: fc.constantFrom(...OVERLAYS.keys()),
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
  overlay?: number;
}

function spelled({
  width,
  height,
  quality,
  turn = 0,
  crop,
  gray,
  fps,
  overlay,
}: Drawn): fc.Arbitrary<Record<string, string>> {
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
    .tuple(
      fc.record(given),
      fc.constantFrom(...(TURNS[turn] as [object])),
      fc.constantFrom(...(overlay === undefined ? [{}] : (OVERLAYS[overlay] as [object]))),
      fc.boolean(),
    )
    .map(([fields, turned, written, reversed]) => {
      const entries = Object.entries({ ...fields, ...turned, ...written }).filter(([, value]) => value !== undefined);
      return Object.fromEntries(reversed ? entries.reverse() : entries) as Record<string, string>;
    });
}

test("any two spellings of a spec give the same key and the same bytes", async () => {
  const source = await noiseImage(96, 72, { orientation: 5, quality: 90 });
  const make = async (spec: VariantSpec) => {
    const transformer = new Transformer(spec);
    const plan = transformer.plan(source);
    return plan === undefined ? source : await transformer.run(source, plan, 1_795_770_071_000);
  };
  await fc.assert(
    fc.asyncProperty(spellings, async ([one, other]) => {
      const [a, b] = [query.parse(one), query.parse(other)];
      assert.equal(variantKey(a), variantKey(b));
      assert.deepEqual(await make(a), await make(b));
    }),
    { numRuns: 50 },
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
    query.parse({ overlay: "name" }),
    query.parse({ overlay: "clock" }),
    query.parse({ overlay: "name,clock" }),
    query.parse({ overlay: "clock,name" }),
    query.parse({ overlay: "text:name" }),
    query.parse({ overlay: "text:%%Y" }),
    query.parse({ overlay: "text:%Y" }),
    query.parse({ overlay: "text:%Y", tz: ownTimeZone() === "Asia/Tokyo" ? "UTC" : "Asia/Tokyo" }),
    query.parse({ overlay: "name", overlayPosition: "top" }),
    { fps: 1 },
    { fps: 1, width: 1 },
  ];
  assert.equal(new Set(specs.map(variantKey)).size, specs.length);
});
