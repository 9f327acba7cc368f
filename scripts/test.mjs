// @ts-check
/*
 * `npm test`: makes a fresh clone ready, then runs all tests, of the pages too.
 * `npm test -- PATH …` runs some files or folders; `--only REGEX` runs the tests whose names match.
 * `--again` runs up to five files that fail once more, and names those that pass only then.
 */
import { chosenTests } from "./tests/choose.mjs";
import { runGroups } from "./tests/run-groups.mjs";

const { groups, only, isAgain } = chosenTests();
process.exit(await runGroups(groups, { only, isAgain }));
