import { z } from "zod";
import { MAX_TIMER_MS } from "../util/abort.ts";
import { parseDuration } from "../util/duration.ts";
import { parseEndpoint } from "./endpoint.ts";

/*
 * Setting values as people write them, the same in flags, environment, camera strings (all text)
 * and YAML (typed). Each rule completes the sentence "NAME must be …".
 */

/** A duration with its unit, such as `500ms`, `10s`, `2m`, `1.5h`; parses to milliseconds. */
export function duration() {
  return value("a duration with its unit, such as 500ms, 10s or 2m", (text) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms <= MAX_TIMER_MS ? ms : undefined;
  });
}

/** Bytes per unit. */
const SIZE_UNITS = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/**
 * A size with its unit, such as `512KB`, `200MB` or `1.5GB`, of which each is 1024 of the one
 * before; parses to bytes.
 */
export function byteSize(min: number, max: number) {
  const inMegabytes = (bytes: number) => `${bytes / SIZE_UNITS.MB}MB`;
  return value(`a size from ${inMegabytes(min)} to ${inMegabytes(max)} with its unit, such as 200MB or 1GB`, (text) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(KB|MB|GB)$/i.exec(text) ?? [];
    const bytes = Math.floor(Number(amount) * SIZE_UNITS[unit?.toUpperCase() as keyof typeof SIZE_UNITS]);
    return bytes >= min && bytes <= max ? bytes : undefined;
  });
}

/** A whole number between two others, both allowed. */
export function integer(min: number, max: number) {
  return value(`a whole number from ${min} to ${max}`, (text) => {
    const number = Number(text);
    return /^-?\d+$/.test(text) && number >= min && number <= max ? number : undefined;
  });
}

/**
 * A plain decimal number without a sign: `30`, `1.5`, `.5`. Each character is looked at once:
 * viewers send numbers of 16 KB, and `\d*\.?\d+` took half a second for one (measured 2026-11-30).
 */
export const DECIMAL = /^(?:\d+(?:\.\d+)?|\.\d+)$/;

/** A number above 0, up to `max`. */
export function positive(max: number) {
  return value(`a number above 0 and up to ${max}`, (text) => {
    const number = Number(text);
    return DECIMAL.test(text) && number > 0 && number <= max ? number : undefined;
  });
}

/** A number between two others, both allowed. */
export function decimal(min: number, max: number) {
  return value(`a number from ${min} to ${max}`, (text) => {
    const number = Number(text);
    return DECIMAL.test(text.replace(/^-/, "")) && number >= min && number <= max ? number : undefined;
  });
}

/** `true` or `false`. */
export function flag() {
  return value("true or false", (text) => (text === "true" || text === "false" ? text === "true" : undefined));
}

/** Where to listen: `[host:]port`, on all addresses of this machine when no host is given. */
export function listenAt() {
  return value("[host:]port, such as 9999 or 127.0.0.1:9999", (text) => parseEndpoint(text, "0.0.0.0"));
}

/** Where to connect to: `host:port`. */
export function connectTo() {
  return value("host:port, such as 192.168.0.20:65432 or [::1]:65432", (text) => {
    const endpoint = parseEndpoint(text);
    return endpoint?.port === 0 ? undefined : endpoint;
  });
}

/** Any text but none. `what` says what it is, such as `a file`. */
export function text(what: string) {
  return value(what, (text) => (text === "" ? undefined : text));
}

/** A text of one form. `rule` says which, such as `a device path`. */
export function matching(pattern: RegExp, rule: string) {
  return value(rule, (text) => (pattern.test(text) ? text : undefined));
}

/**
 * Any number of items: with commas between them, or a list in the file, or given again and again;
 * whole ones may have commas in them. None at all for "".
 */
export function list<T>(rule: string, read: (text: string) => T | undefined, items: "commas" | "whole" = "commas") {
  return z.unknown().transform((input, context): readonly T[] => {
    const parts = (Array.isArray(input) ? input : [input]).map(scalarText);
    const texts = parts.flatMap((part) =>
      part === "" ? [] : items === "whole" ? [part] : (part?.split(",") ?? [undefined]),
    );
    const values = texts.map((text) => (text === undefined ? undefined : read(text.trim())));
    if (values.every((value) => value !== undefined)) return values;
    context.addIssue({ code: "custom", message: `must be ${rule}` });
    return z.NEVER;
  });
}

/** One of some words. */
export function oneOf<const T extends string>(...words: T[]) {
  return value(`one of ${words.join(", ")}`, (text) => words.find((word) => word === text));
}

/** A value of any rule: `read` gives undefined for a text that breaks it. */
export function value<T>(rule: string, read: (text: string) => T | undefined) {
  return z.unknown().transform((input, context): T => {
    const text = scalarText(input);
    const result = text === undefined ? undefined : read(text);
    if (result !== undefined) return result;
    context.addIssue({ code: "custom", message: `must be ${rule}` });
    return z.NEVER;
  });
}

/** What was written, without spaces around it; undefined for a list, a map or nothing. */
function scalarText(input: unknown): string | undefined {
  const isScalar = typeof input === "string" || typeof input === "number" || typeof input === "boolean";
  return isScalar ? String(input).trim() : undefined;
}
