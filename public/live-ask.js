// @ts-check

/** @typedef {{ status: number, message: string }} Refusal By the status of HTTP, and in a sentence. */

const TIMEOUT_MS = 3000;

/** Whether a server answers, by the address of its health. @param {string} url */
export async function isHealthy(url) {
  // Not by its status: a proxy in front of a server that is gone answers too, but not in its words.
  return typeof (await answerOf(url))?.["status"] === "string";
}

/**
 * Why the server does not let us watch, by the address of what tells that; nothing where it does, or does not say.
 *
 * @param {string} url
 * @returns {Promise<Refusal | undefined>}
 */
export async function refusalOf(url) {
  const { view, status, error } = (await answerOf(url)) ?? {};
  return view === false ? { status, message: String(error) } : undefined;
}

/** @param {string} url @returns {Promise<Record<string, any> | undefined>} */
async function answerOf(url) {
  const request = new AbortController();
  const timeout = setTimeout(() => request.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: request.signal, cache: "no-store" });
    return await response.json();
  } catch {
    return undefined;
  } finally {
    clearTimeout(timeout);
  }
}
