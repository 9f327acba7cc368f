/** What the system refuses, by its code (errno(3)), with what helps. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  [
    "EMFILE",
    "this process has as many files open as it may; raise the limit with ulimit -n, or LimitNOFILE= in its service",
  ],
  ["ENFILE", "the system has as many files open as it can; raise fs.file-max, or close other programs"],
  [
    "EAGAIN",
    "the system starts no more processes for this user; raise the limit with ulimit -u, or TasksMax= in its service",
  ],
  ["ENOMEM", "the system has no memory left; close other programs, or add memory"],
  ["ENOSPC", "the disk is full; delete files there"],
]);

/** What a system error means, in words; undefined for errors that say enough themselves. */
export function explainSystemError(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  // A socket's EAGAIN means something else.
  if (code === "EAGAIN" && syscall?.startsWith("spawn") !== true) return undefined;
  return code === undefined ? undefined : SENTENCES.get(code);
}
