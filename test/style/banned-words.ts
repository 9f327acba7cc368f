/** A word or phrase that no text of the project may have, and its replacement. */
export interface Ban {
  readonly words: RegExp;
  readonly instead: string;
}

/* The English of the project: plain, modern, with the actor named. */
export const BANNED: readonly Ban[] = [
  { words: /\banew\b/, instead: "again" },
  { words: /\blest\b/, instead: "so that … not" },
  { words: /\bbesides\b/, instead: "also, next to" },
  { words: /\bof late\b/, instead: "recently" },
  { words: /\bin vain\b/, instead: "without success" },
  { words: /\bfor ever\b/, instead: "forever" },
  { words: /\btill\b/, instead: "until" },
  { words: /\bwhere(?:by|in|of|upon)\b/, instead: "by which, in which" },
  { words: /\b(?:whence|thence|hitherto|thereof|therein|whilst|amongst)\b/, instead: "the plain word" },
  { words: /\bmend(?:s|ed|ing|able)?\b/, instead: "repair (bytes), fix (doctor)" },
  { words: /\b(?:good no more|no more good)\b/, instead: "no longer valid" },
  { words: /\bgo(?:es|ing)? by\b/, instead: "applies, uses" },
  { words: /\bothers than\b/, instead: "other than" },
  { words: /\bbut for\b/, instead: "except" },
  {
    words: /\b(?:is|are|was|were) to (?:be|have|say|show|do|go|give|take|end|send|stay|hold|come)\b/,
    instead: "must, will",
  },
  { words: /\bwho(?:m|so)?ever\b/, instead: "the actor: viewer, client, publisher, browser, server" },
  { words: /\bthat which\b|\bhe who\b/, instead: "the noun" },
  { words: /\bwho (?:asks?|watch(?:es)?|sends?|comes?)\b/, instead: "the actor: client, viewer, publisher" },
  { words: /\bso (?:many|long|often|much)\b(?! as\b)/, instead: "the name of the parameter" },
  { words: /\bpictures? (?:a|per) second\b/, instead: "fps, frames per second" },
  // Words of the project's own for things that have a standard name.
  { words: /\binlets?\b/, instead: "publisher slot, ingest" },
  { words: /\bvisitors?\b/, instead: "client" },
  { words: /(?<!SD |memory |capture |sound |graphics |video |network )\bcards?\b/, instead: "placeholder" },
  { words: /\ballowances?\b/, instead: "token bucket" },
  { words: /\b(?:seldom|paced)\b/, instead: "throttled" },
  { words: /\bhandovers?\b/, instead: "rendezvous" },
  { words: /\blets? in\b|\blet-in\b/, instead: "authenticates, authorizes" },
  { words: /\b(?:link meter|link rate|widest window)\b/, instead: "link estimator, delivery rate, max receive window" },
  { words: /\bunder way\b/, instead: "in flight" },
  {
    words: /\b(?:(?:dis)?colour\w*|grey(?:ed|s|ish)?|behaviours?|neighbours?|favours?|centres?|metres?|licence)\b/,
    instead: "the US spelling",
  },
];
