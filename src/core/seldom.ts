/** How long a text that repeats is only counted, in milliseconds. */
const INTERVAL_MS = 60_000;

/**
 * Says of what repeats only now and then: the first text is passed on at once; those that follow within a minute are
 * counted, and told with the first one after it. `now` is a clock in milliseconds that never goes back.
 */
export function seldom(say: (text: string) => void, now = () => performance.now()): (text: string) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (text) => {
    if (now() - saidAt < INTERVAL_MS) {
      unsaid++;
      return;
    }
    say(unsaid === 0 ? text : `${text}, and ${unsaid} more like it before`);
    saidAt = now();
    unsaid = 0;
  };
}
