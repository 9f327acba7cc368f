import type { IncomingMessage } from "node:http";
import type { Request } from "express";
import { findOption, isConflict } from "../../options/option-names.ts";
import { HttpError } from "./http-error.ts";

/**
 * Returns a parameter's value; undefined if absent. Old names count: `max_age` for `max-age`.
 * @throws HttpError 400 for two names with different values.
 */
export function queryParameter({ query }: Pick<Request, "query">, name: string): unknown {
  const found = findOption(query, name);
  if (!isConflict(found)) return found[0]?.value;
  const values = found.map(({ name, value }) => `${quoted(value)} as ${name}`).join(" and ");
  throw new HttpError(400, `${name} must be one value, got ${values}.`);
}

/**
 * Reads a parameter that takes one of some words; undefined if absent or empty.
 * @throws HttpError 400
 */
export function oneOfParameter<T extends string>(request: Request, name: string, words: readonly T[]): T | undefined {
  const value = queryParameter(request, name);
  if (value === undefined || value === "") return undefined;
  const word = words.find((word) => word === value);
  if (word === undefined) throw new HttpError(400, `${name} must be ${words.join(" or ")}, got ${quoted(value)}.`);
  return word;
}

/** Reads a whole number of milliseconds; undefined if absent or empty. @throws HttpError 400 */
export function millisecondsParameter(
  request: Pick<Request, "query">,
  name: string,
  min = 0,
  max = MAX_NUMBER,
): number | undefined {
  const range = max === MAX_NUMBER ? "" : ` from ${min} to ${max}`;
  return wholeNumber(request, name, min, max, `a whole number of milliseconds${range}`);
}

/** Reads a whole number up to `max`; undefined if absent or empty. @throws HttpError 400 */
export function countParameter(request: Request, name: string, max: number): number | undefined {
  return wholeNumber(request, name, 0, max, `a whole number from 0 to ${max}`);
}

/** Twelve digits: sums and differences stay exact. */
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

/**
 * Reads a switch with a default elsewhere: undefined if absent, true if empty.
 * @throws HttpError 400
 */
export function onOffParameter(request: Pick<Request, "query">, name: string): boolean | undefined {
  const value = queryParameter(request, name);
  if (value === undefined) return undefined;
  if (value === "" || value === "1" || value === "true") return true;
  if (value === "0" || value === "false") return false;
  throw new HttpError(400, `${name} must be true, false or empty, got ${quoted(value)}.`);
}

/**
 * Reads a switch: any value turns it on, except `0` and `false`. @throws HttpError 400 for several
 */
export function switchParameter(request: Pick<Request, "query">, name: string): boolean {
  const value = queryParameter(request, name);
  if (value === undefined) return false;
  if (typeof value === "string") return value !== "0" && value !== "false";
  throw new HttpError(400, `${name} must be 1 or 0, once, got ${quoted(value)}.`);
}

/** Quotes a value for a message, and shortens it. */
export function quoted(value: unknown): string {
  const characters = Array.from(String(JSON.stringify(value)));
  return characters.length <= MAX_QUOTE_LENGTH
    ? characters.join("")
    : `${characters.slice(0, MAX_QUOTE_LENGTH).join("")}…`;
}

/** Enough to recognize the value. */
const MAX_QUOTE_LENGTH = 100;

/** Returns the query as written, without its question mark. */
export function queryOf({ originalUrl }: Request): string {
  return originalUrl.includes("?") ? originalUrl.slice(originalUrl.indexOf("?") + 1) : "";
}

/** Returns the query as written, with a parameter set, as a relative URL. */
export function withParameter(request: Request, name: string, value: string): string {
  const others = queryOf(request)
    .split("&")
    .filter((pair) => pair !== "" && pair.split("=")[0] !== name);
  return `?${[...others, `${name}=${value}`].join("&")}`;
}

/**
 * Returns the client's `?key=`, by which it finds itself again or retakes its slot; null without.
 */
export function clientKeyOf({ url = "" }: Pick<IncomingMessage, "url">): string | null {
  const key = new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("key") ?? "";
  return key === "" || !url.includes("?") ? null : key.slice(0, MAX_KEY_LENGTH);
}

/** Returns all `?key=` of a client: a page may have several viewers. */
export function clientKeysOf({ url = "" }: Pick<IncomingMessage, "url">): string[] {
  const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
  return new URLSearchParams(query).getAll("key").map((key) => key.slice(0, MAX_KEY_LENGTH));
}

/** Keeps clients from filling the status that others read. */
const MAX_KEY_LENGTH = 64;

/**
 * Returns our start's URL, without a slash at its end, by the client's host. A proxy's stripped
 * prefix is missing.
 */
export function serverUrl(request: Request): string {
  return `${request.protocol}://${request.host || "localhost"}${request.baseUrl}`;
}
