/*
 * Gives any page the element <still-stream>, whether this is included with type="module" or
 * without, so it has no static import. A classic script of another origin does not know its URL
 * (HTML Standard, "muted errors"), but the document does while it runs.
 */
{
  const own = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : undefined;
  import(own === undefined ? `./${ELEMENT_FILE}` : new URL(ELEMENT_FILE, own).href).catch((error) => {
    console.error("<still-stream> could not be loaded:", error);
  });
}
