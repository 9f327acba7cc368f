// @ts-check

/** @type {Promise<CSSStyleSheet[]> | undefined} */
let loading;

/**
 * The styles of the element, loaded once. As sheets of the script's own, which a page's policy for styles does not forbid
 * (CSP 3 is about elements and attributes), and which the page's styles do not reach.
 */
export function styleSheets() {
  loading ??= Promise.all(["picture.css", "still-stream.css"].map(load)).catch(() => {
    // The next element tries again; without styles it still shows its picture.
    loading = undefined;
    return [];
  });
  return loading;
}

/** @param {string} name */
async function load(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name} was answered ${response.status}`);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(await response.text());
  return sheet;
}
