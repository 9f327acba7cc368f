import { drawPlaceholder, type PlaceholderText } from "../../src/transform/draw/placeholder-image.ts";
import { Placeholders } from "../../src/transform/placeholders.ts";

/** Placeholders as the program draws them, and what was on each of those drawn. */
export function notedPlaceholders(): { placeholders: Placeholders; drawn: PlaceholderText[] } {
  const drawn: PlaceholderText[] = [];
  const placeholders = new Placeholders({
    draw(words, picture) {
      drawn.push(words);
      return drawPlaceholder(words, picture);
    },
  });
  return { placeholders, drawn };
}
