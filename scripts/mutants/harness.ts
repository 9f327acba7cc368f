import { mock } from "node:test";

/*
 * What test files of mutants import instead of node:test: it keeps the tests, so that one process
 * runs them as often as it likes.
 */

type Body = (t: Context) => unknown;
type Hook = () => unknown;
interface Options {
  readonly skip?: boolean | string;
  readonly todo?: boolean | string;
}

export interface KeptTest {
  readonly name: string;
  readonly isSkipped: boolean;
  /** Rejects if the test fails. */
  run(): Promise<void>;
}

const kept: KeptTest[] = [];
let befores: Hook[] = [];
const afters: Hook[] = [];
let running: Context | undefined;
const prefixes: string[] = [];

/** Returns the tests of the files that were loaded since the last call. */
export function takeTests(): KeptTest[] {
  return kept.splice(0);
}

/** Calls what the files said with `after`. */
export async function endFiles(): Promise<void> {
  for (const hook of afters.splice(0)) await hook();
}

export function test(name: string, ...rest: [Body] | [Options, Body] | [Options]): void {
  const [options, body] = optionsAndBody(rest);
  const isSkipped = Boolean(options.skip ?? false) || Boolean(options.todo ?? false) || body === undefined;
  const fullName = [...prefixes, name].join(" › ");
  kept.push({ name: fullName, isSkipped, run: () => runTest(fullName, body as Body) });
}
test.skip = (name: string): void => test(name, { skip: true });

export function describe(name: string, ...rest: [Hook] | [Options, Hook]): void {
  const [, body] = optionsAndBody(rest);
  prefixes.push(name);
  (body as Hook)();
  prefixes.pop();
}

export const [it, suite] = [test, describe];

export function before(hook: Hook): void {
  befores.push(hook);
}

/** Outside of a test: when the process ends. */
export function after(hook: Hook): void {
  if (running === undefined) afters.unshift(hook);
  else running.after(hook);
}

export { mock };

/** A test's argument `t`. */
class Context {
  readonly name: string;
  readonly fullName: string;
  readonly #ended = new AbortController();
  readonly #hooks: Hook[] = [];
  readonly signal = this.#ended.signal;
  readonly mock = new (mock.constructor as new () => typeof mock)();
  skipped = false;

  constructor(name: string) {
    this.name = name;
    this.fullName = name;
  }

  after(hook: Hook): void {
    this.#hooks.push(hook);
  }

  diagnostic(): void {}

  skip(): void {
    this.skipped = true;
  }

  async test(name: string, ...rest: [Body] | [Options, Body]): Promise<void> {
    const [options, body] = optionsAndBody(rest);
    if (!options.skip) await runTest(name, body as Body);
  }

  async end(): Promise<void> {
    try {
      for (const hook of this.#hooks.splice(0)) await hook();
    } finally {
      this.mock.restoreAll();
      this.#ended.abort();
    }
  }
}

async function runTest(name: string, body: Body): Promise<void> {
  for (const hook of befores.splice(0)) await hook();
  befores = [];
  const outer = running;
  const context = new Context(name);
  running = context;
  try {
    await body(context);
  } finally {
    running = outer;
    await context.end();
  }
}

function optionsAndBody<T>(rest: readonly unknown[]): [Options, T | undefined] {
  const [first, second] = rest;
  return typeof first === "function" ? [{}, first as T] : [first as Options, second as T | undefined];
}
