import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext } from "node:test";

/** A folder for the tests of one file, removed when they have ended. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder of the test's own, removed when it ends. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
