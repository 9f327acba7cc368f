/**
 * Returns the code of a recipe exactly as `/cameras/door/embed` shows it. `id` names the recipe,
 * `block` one of its blocks.
 */
export async function recipeText(url: string, id: string, block = 0): Promise<string> {
  const html = await (await fetch(`${url}/cameras/door/embed`)).text();
  const [, code] = new RegExp(`<code id="code-${id}-${block}"[^>]*>(.*?)</code>`, "s").exec(html) ?? [];
  if (code === undefined) throw new Error(`The page has no block ${block} of ${id}`);
  return code.replace(/<\/?span[^>]*>/g, "").replace(/&(#\d+|[a-z]+);/g, (_entity, name: string) => {
    const known: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };
    return known[name] ?? String.fromCodePoint(Number(name.slice(1)));
  });
}
