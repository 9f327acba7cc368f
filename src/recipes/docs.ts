import { recipeGroups } from "./index.ts";
import { type Block, type Recipe, type RecipeGroup, textOf } from "./recipe.ts";

const EXAMPLE = {
  server: "http://192.168.0.5:8080",
  upstream: "http://127.0.0.1:8080",
  prefix: "",
  camera: "door",
  title: "The door",
};

/** `npm run docs` writes what stands between these lines of docs/guide/dashboards.md. */
const START = "<!-- The recipes, as npm run docs writes them. -->";
const END = "<!-- The end of the recipes. -->";

/** @throws Error if the page has no place for recipes. */
export function withRecipes(page: string): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`The page of recipes must have the lines ${START} and ${END}`);
  return `${page.slice(0, start + START.length)}\n\n${recipeGroups.map(describeGroup).join("\n")}\n${describeChecks()}\n${page.slice(end)}`;
}

function describeGroup({ title, recipes }: RecipeGroup): string {
  return [`## ${title}`, "", ...recipes.map(describeRecipe)].join("\n");
}

function describeRecipe({ title, where, blocks, note }: Recipe): string {
  const name = title.startsWith("<") ? `\`${title}\`` : title;
  const text = note === "" ? [] : [escapeTags(note), ""];
  return [`**${name}**: ${lowerFirst(where)}`, "", describeBlocks(blocks), "", ...text].join("\n");
}

function describeChecks(): string {
  const recipes = recipeGroups.flatMap((group) => group.recipes);
  const list = (how: "run" | "read") =>
    recipes
      .filter(({ checked }) => checked.how === how)
      .map(({ title, checked: { what, on } }) => `${title.startsWith("<") ? `\`${title}\`` : title}: ${what}, ${on}`)
      .join("; ");
  return `[^checked]: Run by this project's tests: ${list("run")}. Read in the program's own documentation or source, not run: ${list("read")}.\n`;
}

function describeBlocks(blocks: readonly Block[]): string {
  const width = Math.max(...blocks.map(({ label }) => label.length));
  const lines = blocks.map((block) => {
    const text = textOf(block, EXAMPLE);
    return block.label === "" ? text : `${block.label.padEnd(width)}  ${text}`;
  });
  const { language = "url" } = blocks[0] ?? {};
  // Not every Markdown highlighter knows these.
  return [`\`\`\`${language === "url" || language === "caddy" ? "" : language}`, ...lines, "```"].join("\n");
}

/** Continues the sentence after the recipe's name; menu names keep their capitals. */
function lowerFirst(sentence: string): string {
  return sentence.replace(/^(In|On|A|Anywhere) /, (word) => word.toLowerCase());
}

/** Markdown reads a tag as HTML. */
function escapeTags(text: string): string {
  return text.replace(/<[^>]+>/g, (tag) => `\`${tag}\``);
}
