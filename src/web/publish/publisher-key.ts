const STORE = "stillstream sender";

/**
 * What this page calls itself, also after it was loaded anew: by it the server lets it take its own
 * place again, rather than wait until its old connection is known to be dead.
 */
export function keptKey() {
  try {
    return sessionStorage.getItem(STORE) ?? newKey();
  } catch {
    // Switched off.
    return newKey();
  }
}

/** Another name, from now on. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    sessionStorage.setItem(STORE, key);
  } catch {
    // Then it is another the next time.
  }
  return key;
}
