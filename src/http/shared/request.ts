import type { IncomingMessage } from "node:http";
import type { Request } from "express";
import { findOption, isConflict } from "../../options/option-names.ts";
import { HttpError } from "./http-error.ts";

/**
 * Undefined if absent; old names count. @throws HttpError 400 for two names with different values.
 */
export function queryParameter({ query }: Pick<Request, "query">, name: string): unknown {
  const found = findOption(query, name);
  if (!isConflict(found)) return found[0]?.value;
  const values = found.map(({ name, value }) => `${quoted(value)} as ${name}`).join(" and ");
  throw new HttpError(400, `${name} must be one value, got ${values}.`);
}

/** Undefined if absent or empty. @throws HttpError 400 */
export function oneOfParameter<T extends string>(request: Request, name: string, words: readonly T[]): T | undefined {
  const value = queryParameter(request, name);
  if (value === undefined || value === "") return undefined;
  const word = words.find((word) => word === value);
  if (word === undefined) throw new HttpError(400, `${name} must be ${words.join(" or ")}, got ${quoted(value)}.`);
  return word;
}

/** Undefined if absent or empty. @throws HttpError 400 */
export function millisecondsParameter(
  request: Pick<Request, "query">,
  name: string,
  min = 0,
  max = MAX_NUMBER,
): number | undefined {
  const range = max === MAX_NUMBER ? "" : ` from ${min} to ${max}`;
  return wholeNumber(request, name, min, max, `a whole number of milliseconds${range}`);
}

/** Undefined if absent or empty. @throws HttpError 400 */
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

/** Undefined if absent, true if empty. @throws HttpError 400 */
export function onOffParameter(request: Pick<Request, "query">, name: string): boolean | undefined {
  const value = queryParameter(request, name);
  if (value === undefined) return undefined;
  if (value === "" || value === "1" || value === "true") return true;
  if (value === "0" || value === "false") return false;
  throw new HttpError(400, `${name} must be true, false or empty, got ${quoted(value)}.`);
}

/** Any value but `0` and `false` turns it on. @throws HttpError 400 for several */
export function switchParameter(request: Pick<Request, "query">, name: string): boolean {
  const value = queryParameter(request, name);
  if (value === undefined) return false;
  if (typeof value === "string") return value !== "0" && value !== "false";
  throw new HttpError(400, `${name} must be 1 or 0, once, got ${quoted(value)}.`);
}

export function quoted(value: unknown): string {
  const characters = Array.from(String(JSON.stringify(value)));
  return characters.length <= MAX_QUOTE_LENGTH
    ? characters.join("")
    : `${characters.slice(0, MAX_QUOTE_LENGTH).join("")}…`;
}

const MAX_QUOTE_LENGTH = 100;

export function queryOf({ originalUrl }: Request): string {
  return originalUrl.includes("?") ? originalUrl.slice(originalUrl.indexOf("?") + 1) : "";
}

export function withParameter(request: Request, name: string, value: string): string {
  const others = queryOf(request)
    .split("&")
    .filter((pair) => pair !== "" && pair.split("=")[0] !== name);
  return `?${[...others, `${name}=${value}`].join("&")}`;
}

/** By the key, a client finds itself again or retakes its slot. */
export function clientKeyOf({ url = "" }: Pick<IncomingMessage, "url">): string | null {
  const key = new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("key") ?? "";
  return key === "" || !url.includes("?") ? null : key.slice(0, MAX_KEY_LENGTH);
}

/** A page may have several viewers. */
export function clientKeysOf({ url = "" }: Pick<IncomingMessage, "url">): string[] {
  const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
  return new URLSearchParams(query).getAll("key").map((key) => key.slice(0, MAX_KEY_LENGTH));
}

/** Keeps clients from filling the status that others read. */
const MAX_KEY_LENGTH = 64;

/** Returns our start's URL by the client's host; a proxy's stripped prefix is missing. */
export function serverUrl(request: Request): string {
  return `${request.protocol}://${request.host || "localhost"}${request.baseUrl}`;
}
