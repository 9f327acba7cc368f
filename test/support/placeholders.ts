import { drawPlaceholder, type PlaceholderText } from "../../src/transform/draw/placeholder-image.ts";
import { Placeholders } from "../../src/transform/placeholders.ts";

/** Draws placeholders as the program does, and notes the text of each. */
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
