import { type CardWords, drawCard } from "../../src/variants/card.ts";
import { Cards } from "../../src/variants/no-picture.ts";

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
