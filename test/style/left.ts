/** Folders whose texts still have banned words. */
export const LEFT_WORDS: readonly string[] = [
  "src/drivers",
  "src/net",
  "src/systemd",
  "src/web",
  "test/app",
  "test/browser",
  "test/config",
  "test/drivers",
  "test/systemd",
];

/** Folders whose comments are still too wide. */
export const LEFT_COLUMNS: readonly string[] = [
  "src/app",
  "src/cli",
  "src/config",
  "src/drivers",
  "src/metrics",
  "src/net",
  "src/systemd",
  "src/web",
  "test/app",
  "test/browser",
  "test/config",
  "test/drivers",
  "test/systemd",
];
