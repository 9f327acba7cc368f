import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCameraString } from "../../src/config/camera-string.ts";
import { CAMERA_NAME } from "../../src/config/schema.ts";

const SPECS: Record<string, ReturnType<typeof parseCameraString>> = {
  fake: { name: undefined, driver: "fake", options: {} },
  "  fake\n": { name: undefined, driver: "fake", options: {} },
  "front-door=fake#fps=5": { name: "front-door", driver: "fake", options: { fps: "5" } },
  "webcam:/dev/video0#width=1280#height=720": {
    name: undefined,
    driver: "webcam",
    options: { address: "/dev/video0", width: "1280", height: "720" },
  },
  "door=webcam:/dev/video0#width=1280#height=720#fps=30": {
    name: "door",
    driver: "webcam",
    options: { address: "/dev/video0", width: "1280", height: "720", fps: "30" },
  },
  "yard=http://10.0.0.8/stream?id=2&x=a=b#fps=5": {
    name: "yard",
    driver: "http",
    options: { address: "//10.0.0.8/stream?id=2&x=a=b", fps: "5" },
  },
  "http://10.0.0.8/stream?id=2": { name: undefined, driver: "http", options: { address: "//10.0.0.8/stream?id=2" } },
  "ffmpeg:rtsp://admin:pw@10.0.0.9:554/live": {
    name: undefined,
    driver: "ffmpeg",
    options: { address: "rtsp://admin:pw@10.0.0.9:554/live" },
  },
  "ffmpeg:clip.mp4#loop": { name: undefined, driver: "ffmpeg", options: { address: "clip.mp4", loop: "true" } },
  "fake#title=Front%20door%20%23%201": { name: undefined, driver: "fake", options: { title: "Front door # 1" } },
  "fake#title=a=b": { name: undefined, driver: "fake", options: { title: "a=b" } },
  "fake#title=": { name: undefined, driver: "fake", options: { title: "" } },
  "picture:/tmp/100%.jpg": { name: undefined, driver: "picture", options: { address: "/tmp/100%.jpg" } },
  "picture:": { name: undefined, driver: "picture", options: { address: "" } },
  "picture:C:\\pictures\\a.jpg": { name: undefined, driver: "picture", options: { address: "C:\\pictures\\a.jpg" } },
  "=fake": { name: "", driver: "fake", options: {} },
  pi: { name: undefined, driver: "rpicam", options: {} },
  "garden=pi:1": { name: "garden", driver: "rpicam", options: { address: "1" } },
  "fake#constructor=1#toString=2": { name: undefined, driver: "fake", options: { constructor: "1", toString: "2" } },
};

for (const [spec, parsed] of Object.entries(SPECS)) {
  test(`${JSON.stringify(spec)} is taken apart`, () => {
    const { name, driver, options } = parseCameraString(spec);
    assert.deepEqual({ name, driver, options: { ...options } }, parsed);
  });
}

const WRONG: Record<string, string> = {
  "": "must name a driver: [name=]driver[:address][#option=value…]",
  "door=": "must name a driver: [name=]driver[:address][#option=value…]",
  ":/dev/video0": "must name a driver: [name=]driver[:address][#option=value…]",
  "#fps=5": "must name a driver: [name=]driver[:address][#option=value…]",
  "fake#": "must have option=value after each #",
  "fake##fps=5": "must have option=value after each #",
  "fake#=5": "must have option=value after each #",
  "fake#fps=5#fps=6": "must give fps once",
  "picture:a.jpg#address=b.jpg": "must give address once",
  "fake#title=100%": "must write a % in title as %25",
};

for (const [spec, rule] of Object.entries(WRONG)) {
  test(`${JSON.stringify(spec)} is refused: ${rule}`, () => {
    assert.throws(() => parseCameraString(spec), { message: rule });
  });
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  // What has a meaning in it, in any order.
  fc
    .array(fc.constantFrom("#", "=", ":", "%", "%2", "/", "fake", "__proto__", "constructor", " ", "\n", "…"))
    .map((pieces) => pieces.join("")),
);

test("any text is either taken apart or refused with a rule", () => {
  fc.assert(
    fc.property(anyText, (spec) => {
      try {
        const { driver, options } = parseCameraString(spec);
        assert.notEqual(driver, "");
        assert.ok(Object.values(options).every((value) => typeof value === "string"));
      } catch (error) {
        assert.ok(error instanceof Error && error.constructor === Error, String(error));
        assert.match(error.message, /^must (name|have|give|write) /);
      }
    }),
    { numRuns: 2000 },
  );
});

test("whatever is written by the grammar is read back", () => {
  const name = fc.option(fc.stringMatching(CAMERA_NAME), { nil: undefined });
  const driver = fc.stringMatching(/^[a-z][a-z0-9-]{0,15}$/).filter((driver) => driver !== "pi");
  const address = fc.option(
    fc.string().filter((text) => !text.includes("#") && text === text.trim()),
    { nil: undefined },
  );
  const key = fc.oneof(
    fc.stringMatching(/^[A-Za-z_]\w{0,10}$/),
    fc.constantFrom("__proto__", "constructor", "toString"),
  );
  const value = fc.string({ unit: "grapheme" });
  const options = fc.uniqueArray(fc.tuple(key, value), { selector: ([key]) => key, maxLength: 5 });
  fc.assert(
    fc.property(name, driver, address, options, (name, driver, address, options) => {
      const pairs = options.filter(([key]) => key !== "address");
      const spec = [
        name === undefined ? "" : `${name}=`,
        driver,
        address === undefined ? "" : `:${address}`,
        ...pairs.map(([key, value]) => `#${key}=${encodeURIComponent(value)}`),
      ].join("");
      const parsed = parseCameraString(spec);
      assert.deepEqual([parsed.name, parsed.driver], [name, driver]);
      const expected = address === undefined ? pairs : [["address", address], ...pairs];
      assert.deepEqual(Object.entries(parsed.options), expected);
    }),
    { numRuns: 1000 },
  );
});
