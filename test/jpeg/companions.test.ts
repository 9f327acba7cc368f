import assert from "node:assert/strict";
import { test } from "node:test";
import { JpegSplitter } from "../../src/jpeg/split.ts";
import { multiPicture, segment, tinyJpeg } from "../support/images/jpegs.ts";

const FRAME = tinyJpeg({ label: "frame", scan: Buffer.alloc(300, 7) });
const MAP = tinyJpeg({ label: "gain map", width: 8 });
const OTHER = tinyJpeg({ label: "another camera's" });
const COMPANION = "A second image of a frame, such as a gain map, is not shown";
const NOT_WHOLE = "A frame is incomplete";

function part(bytes: Buffer, length: number | undefined = bytes.length): Buffer {
  const header = `--x\r\nContent-Type: image/jpeg\r\n${length === undefined ? "" : `Content-Length: ${length}\r\n`}\r\n`;
  return Buffer.concat([Buffer.from(header), bytes, Buffer.from("\r\n")]);
}

/** What a stream gives, in pieces of any size; `ends` when all of it has come. */
function assertGives(stream: Buffer, pictures: readonly Buffer[], skipped: readonly string[], ends = false): void {
  for (const size of [1, 2, 3, 7, 64, 100_000]) {
    const reasons: string[] = [];
    const splitter = new JpegSplitter({ onSkip: (reason) => reasons.push(reason) });
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) {
      for (const jpeg of splitter.push(Buffer.from(stream.subarray(at, at + size)))) found.push(Buffer.from(jpeg));
    }
    if (ends) for (const jpeg of splitter.end()) found.push(Buffer.from(jpeg));
    assert.deepEqual(found, pictures, `in pieces of ${size}`);
    assert.deepEqual(reasons, skipped, `in pieces of ${size}`);
  }
}

/** The first picture of a file of two. */
const firstOf = (file: Buffer, second: Buffer) => file.subarray(0, file.length - second.length);

test("of a file with a gain map the first frame is the frame, end to end and in parts", () => {
  for (const order of ["II", "MM"] as const) {
    const file = multiPicture(FRAME, MAP, { order });
    const first = firstOf(file, MAP);
    const both = [COMPANION, COMPANION];
    assertGives(Buffer.concat([file, file]), [first, first], both);
    assertGives(Buffer.concat([part(file), part(file)]), [first, first], both);
    const unsized = Buffer.concat([Buffer.from("--x\r\nContent-Type: image/jpeg\r\n\r\n"), file, Buffer.from("\r\n")]);
    assertGives(Buffer.concat([unsized, unsized]), [first, first], both);
  }
});

test("an index whose places are wrong is right enough, as is a map that says it is one", () => {
  const shifted = multiPicture(FRAME, MAP, { hasOffset: false });
  assertGives(
    Buffer.concat([shifted, shifted]),
    [firstOf(shifted, MAP), firstOf(shifted, MAP)],
    [COMPANION, COMPANION],
  );
  const marked = tinyJpeg({ extra: [segment(0xe1, Buffer.from("http://ns.adobe.com/xap/1.0/\0<hdrgm:Version/>"))] });
  const lost = multiPicture(FRAME, marked, { hasOffset: false, length: 9 });
  assertGives(lost, [firstOf(lost, marked)], [COMPANION]);
});

test("a frame without an index that lies in the same part is no frame of its own", () => {
  assertGives(Buffer.concat([part(Buffer.concat([FRAME, MAP])), part(OTHER)]), [FRAME, OTHER], [COMPANION]);
});

test("frames of one camera are frames, though the first ones say that more follow", () => {
  assertGives(Buffer.concat([FRAME, FRAME, OTHER, FRAME]), [FRAME, FRAME, OTHER, FRAME], []);
  // Its second picture was taken out, and its index left.
  const stripped = firstOf(multiPicture(FRAME, MAP), MAP);
  assertGives(Buffer.concat([stripped, stripped, stripped]), [stripped, stripped, stripped], []);
  const same = firstOf(multiPicture(FRAME, Buffer.alloc(FRAME.length + 90)), Buffer.alloc(FRAME.length + 90));
  assert.equal(same.length, FRAME.length + 90);
  assertGives(Buffer.concat([same, same]), [same, same], []);
  const long = Buffer.concat([FRAME.subarray(0, -2), Buffer.alloc(50, 3), FRAME.subarray(-2)]);
  assertGives(Buffer.concat([stripped, long, OTHER]), [stripped, long, OTHER], []);
  assertGives(Buffer.concat([part(stripped), part(OTHER)]), [stripped, OTHER], []);
});

test("a part whose length says where it ends may lack the frame's end marker", () => {
  const open = FRAME.subarray(0, -2);
  assertGives(Buffer.concat([part(open), part(open), part(OTHER)]), [FRAME, FRAME, OTHER], []);
  // The second byte of the marker is missing.
  assertGives(Buffer.concat([part(FRAME.subarray(0, -1)), part(OTHER)]), [FRAME, OTHER], []);
  // An empty line too many counts as of the part.
  const line = Buffer.concat([Buffer.from("\r\n"), open]);
  assertGives(Buffer.concat([part(line), part(line), part(OTHER)]), [FRAME, FRAME, OTHER], []);
});

test("lengths of parts that are wrong, in either direction, cost no frame", () => {
  for (const length of [0, 5, FRAME.length - 40, FRAME.length + 1, FRAME.length + 5000, 9_999_999_999]) {
    const stream = Buffer.concat([part(FRAME, length), part(OTHER, length), part(FRAME, length)]);
    assertGives(stream, [FRAME, OTHER, FRAME], []);
  }
  assertGives(Buffer.concat([part(FRAME.subarray(0, -40), FRAME.length), part(OTHER)]), [OTHER], [NOT_WHOLE]);
});

test("a frame without an end marker ends before the next part's header where no length says otherwise", () => {
  const open = FRAME.subarray(0, -2);
  const stream = (header: string) => Buffer.concat([open, open, OTHER].flatMap((jpeg) => [Buffer.from(header), jpeg]));
  for (const header of [
    "\r\n--x\r\nContent-Type: image/jpeg\r\n\r\n",
    "--x\r\nContent-Type: image/jpeg\r\nX-Timestamp: 1.5\r\n\r\n",
    "\n--x\nContent-type: image/jpeg\nContent-Length: 5\n\n",
    "\r\n--x\r\n\r\n",
    "\r\n--x\r\nContent-Type: image/jpeg\r\n\r\n\r\n",
  ]) {
    assertGives(stream(header), [FRAME, FRAME, OTHER], []);
  }
  assertGives(stream(`\r\n--x\r\nContent-Length: ${FRAME.length + 9}\r\n\r\n`), [OTHER], [NOT_WHOLE, NOT_WHOLE]);
  assertGives(stream("\r\n--x: a text\r\n"), [OTHER], [NOT_WHOLE, NOT_WHOLE]);
});

test("a frame that breaks in its header is counted", () => {
  const at = FRAME.indexOf(Buffer.of(0xff, 0xda));
  const broken = Buffer.concat([FRAME.subarray(0, at), Buffer.alloc(5000), FRAME.subarray(at)]);
  assertGives(Buffer.concat([broken, OTHER]), [OTHER], [NOT_WHOLE]);
});

test("a frame that lacks its end marker is whole at the end of a body, and not before", () => {
  const open = FRAME.subarray(0, -2);
  assertGives(open, [], []);
  assertGives(open, [FRAME], [], true);
  assertGives(Buffer.concat([OTHER, open]), [OTHER, FRAME], [], true);
  assertGives(Buffer.concat([part(OTHER), part(open), Buffer.from("--x--\r\n")]), [OTHER, FRAME], [], true);
  const header = Buffer.from("--x\r\nContent-Type: image/jpeg\r\n\r\n");
  assertGives(Buffer.concat([header, open, Buffer.from("\r\n--x--\r\n")]), [FRAME], [], true);
  assertGives(FRAME.subarray(0, 20), [], [NOT_WHOLE], true);
  assertGives(part(open, FRAME.length + 50), [], [NOT_WHOLE], true);
  assertGives(open.subarray(0, 2), [], [NOT_WHOLE], true);
  assertGives(Buffer.concat([FRAME, Buffer.from("\r\n")]), [FRAME], [], true);
});

test("stray bytes between segments, and start markers too many, cost no frame", () => {
  const at = FRAME.indexOf(Buffer.of(0xff, 0xda));
  const withStray = (bytes: Buffer, at: number) => Buffer.concat([FRAME.subarray(0, at), bytes, FRAME.subarray(at)]);
  for (const stray of [Buffer.of(0, 0), Buffer.alloc(608, 0x55), Buffer.of(0xff, 0, 7), Buffer.of(0xff, 0xff, 0)]) {
    for (const picture of [withStray(stray, at), withStray(stray, 2)]) {
      assertGives(Buffer.concat([FRAME, picture, OTHER]), [FRAME, picture, OTHER], []);
    }
  }
  assertGives(Buffer.concat([FRAME.subarray(0, 2), FRAME, OTHER.subarray(0, 2), OTHER]), [FRAME, OTHER], []);
  // More is no picture that goes on, and hides none.
  assertGives(Buffer.concat([withStray(Buffer.alloc(1100, 0x55), 2), OTHER]), [OTHER], []);
});
