const STORE = "stillstream sender";

/**
 * Returns the key of this page, which stays after a reload. By it the server lets the page replace
 * its own connection, rather than wait until the old one is known to be dead.
 */
export function keptKey() {
  try {
    return sessionStorage.getItem(STORE) ?? newKey();
  } catch {
    // Storage is disabled.
    return newKey();
  }
}

/** Returns another key, from now on. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    sessionStorage.setItem(STORE, key);
  } catch {
    // Then a reload has another.
  }
  return key;
}
