import { z } from "zod";
import { MAX_TIMER_MS } from "../util/abort.ts";
import { parseDuration } from "../util/duration.ts";
import { parseEndpoint } from "./endpoint.ts";

/**
 * Setting values, the same in flags, environment, camera strings (text) and YAML (typed). Each rule
 * completes the sentence "NAME must be …".
 */

/** Such as `500ms`, `10s`, `2m`, `1.5h`; parses to milliseconds. */
export function duration() {
  return value("a duration with its unit, such as 500ms, 10s or 2m", (text) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms <= MAX_TIMER_MS ? ms : undefined;
  });
}

const SIZE_UNITS = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** Such as `512KB` or `1.5GB`, by 1024; parses to bytes. */
export function byteSize(min: number, max: number) {
  const inMegabytes = (bytes: number) => `${bytes / SIZE_UNITS.MB}MB`;
  return value(`a size from ${inMegabytes(min)} to ${inMegabytes(max)} with its unit, such as 200MB or 1GB`, (text) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(KB|MB|GB)$/i.exec(text) ?? [];
    const bytes = Math.floor(Number(amount) * SIZE_UNITS[unit?.toUpperCase() as keyof typeof SIZE_UNITS]);
    return bytes >= min && bytes <= max ? bytes : undefined;
  });
}

/** Both bounds are allowed. */
export function integer(min: number, max: number) {
  return value(`a whole number from ${min} to ${max}`, (text) => {
    const number = Number(text);
    return /^-?\d+$/.test(text) && number >= min && number <= max ? number : undefined;
  });
}

/**
 * Such as `30`, `1.5`, `.5`. Linear: viewers send numbers of 16 KB, and `\d*\.?\d+` took half a
 * second for one. Measured 2026-11-30.
 */
export const DECIMAL = /^(?:\d+(?:\.\d+)?|\.\d+)$/;

export function positive(max: number) {
  return value(`a number above 0 and up to ${max}`, (text) => {
    const number = Number(text);
    return DECIMAL.test(text) && number > 0 && number <= max ? number : undefined;
  });
}

export function decimal(min: number, max: number) {
  return value(`a number from ${min} to ${max}`, (text) => {
    const number = Number(text);
    return DECIMAL.test(text.replace(/^-/, "")) && number >= min && number <= max ? number : undefined;
  });
}

export function flag() {
  return value("true or false", (text) => (text === "true" || text === "false" ? text === "true" : undefined));
}

/** `[host:]port`, by default on all addresses of this machine. */
export function listenAt() {
  return value("[host:]port, such as 9999 or 127.0.0.1:9999", (text) => parseEndpoint(text, "0.0.0.0"));
}

export function connectTo() {
  return value("host:port, such as 192.168.0.20:65432 or [::1]:65432", (text) => {
    const endpoint = parseEndpoint(text);
    return endpoint?.port === 0 ? undefined : endpoint;
  });
}

/** `what` completes the rule, such as `a file`. */
export function text(what: string) {
  return value(what, (text) => (text === "" ? undefined : text));
}

export function matching(pattern: RegExp, rule: string) {
  return value(rule, (text) => (pattern.test(text) ? text : undefined));
}

/** Items with commas between them, or a list in the file, or given repeatedly; "" is empty. */
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

export function oneOf<const T extends string>(...words: T[]) {
  return value(`one of ${words.join(", ")}`, (text) => words.find((word) => word === text));
}

/** `read` returns undefined for a text that breaks the rule. */
export function value<T>(rule: string, read: (text: string) => T | undefined) {
  return z.unknown().transform((input, context): T => {
    const text = scalarText(input);
    const result = text === undefined ? undefined : read(text);
    if (result !== undefined) return result;
    context.addIssue({ code: "custom", message: `must be ${rule}` });
    return z.NEVER;
  });
}

/** Undefined for a list, a map or nothing. */
function scalarText(input: unknown): string | undefined {
  const isScalar = typeof input === "string" || typeof input === "number" || typeof input === "boolean";
  return isScalar ? String(input).trim() : undefined;
}
