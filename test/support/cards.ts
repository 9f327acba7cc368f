import { type CardWords, drawCard } from "../../src/transform/draw/placeholder-image.ts";
import { Cards } from "../../src/transform/placeholders.ts";

/** Cards as the program draws them, and what was on each of those drawn. */
export function notedCards(): { cards: Cards; drawn: CardWords[] } {
  const drawn: CardWords[] = [];
  const cards = new Cards({
    draw(words, picture) {
      drawn.push(words);
      return drawCard(words, picture);
    },
  });
  return { cards, drawn };
}
