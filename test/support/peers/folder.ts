import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A folder for the tests of one file, removed when they have ended. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
