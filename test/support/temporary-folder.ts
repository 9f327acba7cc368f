import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A test, or a suite by its hook `after`. */
export interface Ending {
  after(end: () => unknown): void;
}

/** Makes a folder for the tests of one file; removes it after the last of them. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a folder for one test; removes it when the test ends. */
export function temporaryFolder(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
