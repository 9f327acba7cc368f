import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import {
  HEADER_BYTES,
  HEADER_LAYOUTS,
  type HeaderLayout,
  packHeader,
  unpackHeader,
} from "../../src/protocols/frame-header.ts";
import { PYTHON } from "../support/tools.ts";

const header = { long: 81_234, width: 640, height: 480 };

test("each layout is these bytes", () => {
  assert.equal(packHeader("lhh8", header).toString("hex"), "523d0100" + "8002" + "e001");
  assert.equal(packHeader("lhh12", header).toString("hex"), "523d010000000000" + "8002" + "e001");
  assert.equal(packHeader("text", header).toString("latin1"), "       81234   640   480");
});

test("each layout is what Python's struct makes of the same numbers", () => {
  const program = `import struct,sys
n=(81234,640,480)
sys.stdout.buffer.write(struct.pack("<ihh",*n)+struct.pack("<qhh",*n)+b"%12d%6d%6d"%n)`;
  const { stdout } = spawnSync(PYTHON, ["-c", program]);
  assert.deepEqual(stdout, Buffer.concat(HEADER_LAYOUTS.map((layout) => packHeader(layout, header))));
});

test("any header that fits is read as it was written", () => {
  const limits: Record<HeaderLayout, { long: number; side: number }> = {
    lhh8: { long: 2 ** 31 - 1, side: 2 ** 15 - 1 },
    lhh12: { long: Number.MAX_SAFE_INTEGER, side: 2 ** 15 - 1 },
    text: { long: 999_999_999_999, side: 999_999 },
  };
  for (const layout of HEADER_LAYOUTS) {
    const { long, side } = limits[layout];
    const numbers = {
      long: fc.integer({ min: layout === "text" ? -99_999_999_999 : -long, max: long }),
      width: fc.integer({ min: layout === "text" ? -99_999 : -side, max: side }),
      height: fc.integer({ min: 0, max: side }),
    };
    fc.assert(
      fc.property(fc.record(numbers, { noNullPrototype: true }), (numbers) => {
        const bytes = packHeader(layout, numbers);
        assert.equal(bytes.length, HEADER_BYTES[layout]);
        assert.deepEqual(unpackHeader(layout, bytes), numbers);
      }),
    );
  }
});

test("text that is no three numbers is no header", () => {
  for (const text of ["", "x", "           1     1     ", "         1 2     1     1", "       81234   640  4.80"]) {
    assert.equal(unpackHeader("text", Buffer.from(text.padEnd(24))), undefined, text);
  }
});
