/** The text of a message, or why it has none. */
export type JsonMessage = { readonly text: string } | { readonly reason: string };

/** The longest message, in bytes of its JSON (the format's rule). */
const MAX_BYTES = 8 * 1024;

/**
 * Reads a message that is a JSON value in UTF-8: a string is its own text, anything else its JSON, as it was written, so
 * that no digit of a number is lost.
 */
export function readJsonMessage(bytes: Uint8Array): JsonMessage {
  if (bytes.length > MAX_BYTES) return { reason: `a message of ${bytes.length} bytes; at most ${MAX_BYTES} are taken` };
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(json);
    return { text: typeof value === "string" ? value : json.trim() };
  } catch {
    return { reason: "a message that is no JSON" };
  }
}
