import type { Readable } from "node:stream";
import type { Redactor } from "../secrets/redactor.ts";

const KEPT_LENGTH = 8192;
const QUOTED_LINES = 4;
const QUOTED_LINE_LENGTH = 300;

/**
 * Returns a function that quotes a stream's last lines, redacted whole. Reading to the end keeps
 * the program from blocking.
 */
export function keepLastLines(stream: Readable, redactor?: Redactor): () => string[] {
  let line = "";
  let lines: string[] = [];
  stream.setEncoding("utf8").on("data", (text: string) => {
    const [first = "", ...others] = text.split(/[\r\n]+/);
    line = (line + first).slice(0, KEPT_LENGTH);
    if (others.length === 0) return;
    lines = [...lines, line, ...others.slice(0, -1)].filter((one) => one.trim() !== "").slice(-QUOTED_LINES);
    line = others.at(-1)?.slice(0, KEPT_LENGTH) ?? "";
  });
  return () => {
    const kept = [...lines, line].map((one) => (redactor?.hide(one) ?? one).trim().slice(0, QUOTED_LINE_LENGTH));
    return kept.filter((one) => one !== "").slice(-QUOTED_LINES);
  };
}
