import type { IncomingMessage } from "node:http";
import type { Request } from "express";
import { findOption, isConflict } from "../../options/option-names.ts";
import { HttpError } from "./http-error.ts";

/**
 * Returns a parameter's value; undefined when absent. Old names count, as `max_age` does for `max-age`.
 * @throws HttpError 400 for two names with different values.
 */
export function queryParameter({ query }: Pick<Request, "query">, name: string): unknown {
  const found = findOption(query, name);
  if (!isConflict(found)) return found[0]?.value;
  const values = found.map(({ name, value }) => `${quoted(value)} as ${name}`).join(" and ");
  throw new HttpError(400, `${name} must be one value, got ${values}.`);
}

/** A parameter that is one of some words; undefined when absent or bare. Throws an HttpError 400 for any other value. */
export function oneOfParameter<T extends string>(request: Request, name: string, words: readonly T[]): T | undefined {
  const value = queryParameter(request, name);
  if (value === undefined || value === "") return undefined;
  const word = words.find((word) => word === value);
  if (word === undefined) throw new HttpError(400, `${name} must be ${words.join(" or ")}, got ${quoted(value)}.`);
  return word;
}

/**
 * A parameter that is a whole number of milliseconds; undefined when absent or bare. Throws an HttpError 400 for anything
 * else, and outside of the range where there is one.
 */
export function millisecondsParameter(
  request: Pick<Request, "query">,
  name: string,
  min = 0,
  max = MAX_NUMBER,
): number | undefined {
  const range = max === MAX_NUMBER ? "" : ` from ${min} to ${max}`;
  return wholeNumber(request, name, min, max, `a whole number of milliseconds${range}`);
}

/** A parameter that is a whole number up to `max`; undefined when absent or bare. Throws an HttpError 400 otherwise. */
export function countParameter(request: Request, name: string, max: number): number | undefined {
  return wholeNumber(request, name, 0, max, `a whole number from 0 to ${max}`);
}

/** Of twelve digits, which any sum and difference of ours still has exactly. */
const MAX_NUMBER = 999_999_999_999;

function wholeNumber(
  request: Pick<Request, "query">,
  name: string,
  min: number,
  max: number,
  rule: string,
): number | undefined {
  const value = queryParameter(request, name);
  if (value === undefined || value === "") return undefined;
  const number = typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new HttpError(400, `${name} must be ${rule}, got ${quoted(value)}.`);
}

/** A switch that has a default elsewhere: undefined when absent, on when bare. Throws an HttpError 400 for another value. */
export function onOffParameter(request: Pick<Request, "query">, name: string): boolean | undefined {
  const value = queryParameter(request, name);
  if (value === undefined) return undefined;
  if (value === "" || value === "1" || value === "true") return true;
  if (value === "0" || value === "false") return false;
  throw new HttpError(400, `${name} must be true, false or empty, got ${quoted(value)}.`);
}

/** A parameter that is a switch: bare it is on, as with any value but `0` and `false`. Throws an HttpError 400 for several. */
export function switchParameter(request: Pick<Request, "query">, name: string): boolean {
  const value = queryParameter(request, name);
  if (value === undefined) return false;
  if (typeof value === "string") return value !== "0" && value !== "false";
  throw new HttpError(400, `${name} must be 1 or 0, once, got ${quoted(value)}.`);
}

/** A value of a query as it looks in an answer; of a long one the start. */
export function quoted(value: unknown): string {
  const characters = Array.from(String(JSON.stringify(value)));
  return characters.length <= MAX_QUOTE_LENGTH
    ? characters.join("")
    : `${characters.slice(0, MAX_QUOTE_LENGTH).join("")}…`;
}

/** In characters: enough to see which value is meant. */
const MAX_QUOTE_LENGTH = 100;

/** The query as it was written, without its question mark; empty without one. */
export function queryOf({ originalUrl }: Request): string {
  return originalUrl.includes("?") ? originalUrl.slice(originalUrl.indexOf("?") + 1) : "";
}

/** The request's own query, as it was written, with a parameter added or set, as a relative URL. */
export function withParameter(request: Request, name: string, value: string): string {
  const others = queryOf(request)
    .split("&")
    .filter((pair) => pair !== "" && pair.split("=")[0] !== name);
  return `?${[...others, `${name}=${value}`].join("&")}`;
}

/** What a client calls itself by `?key=`, to find itself again or take its own place; null without. */
export function clientKeyOf({ url = "" }: Pick<IncomingMessage, "url">): string | null {
  const key = new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("key") ?? "";
  return key === "" || !url.includes("?") ? null : key.slice(0, MAX_KEY_LENGTH);
}

/** Every key that a client gives, by which it finds itself among others: a page may have several viewers. */
export function clientKeysOf({ url = "" }: Pick<IncomingMessage, "url">): string[] {
  const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
  return new URLSearchParams(query).getAll("key").map((key) => key.slice(0, MAX_KEY_LENGTH));
}

/** Longer keys are cut, so that a client cannot fill the status of others, in characters. */
const MAX_KEY_LENGTH = 64;

/**
 * The address of the start of ours, without a slash at its end, by the host name the client asked for. Behind a proxy that
 * strips a prefix only the browser knows better.
 */
export function serverUrl(request: Request): string {
  return `${request.protocol}://${request.host || "localhost"}${request.baseUrl}`;
}
