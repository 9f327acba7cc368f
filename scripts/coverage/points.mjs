// @ts-check
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { parseSync } from "oxc-parser";

/**
 * A place in compiled code whose number of runs tells whether a statement or branch was reached.
 *
 * @typedef {object} Point
 * @property {number} at Offset in the compiled file.
 * @property {number} [less] Offset whose number is subtracted: an `if` without `else`.
 * @property {number} line of the source
 * @property {"statement" | "branch"} kind
 */

/**
 * @typedef {{ type: string, start: number, end: number, [key: string]: unknown }} Node
 */

/**
 * Returns the points of a compiled file, with the lines of its source.
 *
 * @param {string} path
 * @returns {Point[]}
 */
export function pointsOf(path) {
  const code = readFileSync(path, "utf8");
  const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, "utf8")));
  const lineOf = lineFinder(code, map);
  /** @type {Point[]} */
  const points = [];
  walk(/** @type {any} */ (parseSync(path, code).program), (node) => {
    for (const point of pointsIn(node)) {
      const line = lineOf(point.at);
      if (line !== undefined) points.push({ ...point, line });
    }
  });
  return points;
}

/**
 * @param {Node} node
 * @returns {Omit<Point, "line">[]}
 */
function pointsIn(node) {
  const points = branchesOf(node);
  return isStatement(node) ? [{ at: node.start, kind: "statement" }, ...points] : points;
}

/** @param {Node} node */
function isStatement({ type }) {
  const isBlock = ["BlockStatement", "EmptyStatement"].includes(type);
  return (type.endsWith("Statement") && !isBlock) || type === "VariableDeclaration";
}

/**
 * Returns the branches that begin at a node: what may be left out while the code beside it runs.
 *
 * @param {Node} node
 * @returns {Omit<Point, "line">[]}
 */
function branchesOf(node) {
  const branch = (/** @type {unknown} */ target) => {
    const { start } = /** @type {Node} */ (target);
    return { at: start, kind: /** @type {const} */ ("branch") };
  };
  switch (node.type) {
    case "IfStatement": {
      const then = branch(node["consequent"]);
      const other = node["alternate"] ? branch(node["alternate"]) : { ...branch(node), less: then.at };
      return [then, other];
    }
    case "ConditionalExpression":
      return [branch(node["consequent"]), branch(node["alternate"])];
    case "LogicalExpression":
    case "AssignmentPattern":
      return [branch(node["right"])];
    case "SwitchCase":
      return [branch(node)];
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "FunctionDeclaration":
      return [branch(node["body"])];
    default:
      return [];
  }
}

/**
 * @param {Node} node
 * @param {(node: Node) => void} visit
 */
function walk(node, visit) {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") walk(child, visit);
    }
  }
}

/**
 * Returns a function that finds the line of the source, from 1, at an offset of compiled code.
 *
 * @param {string} code
 * @param {SourceMap} map
 */
function lineFinder(code, map) {
  const starts = [0, ...[...code.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return (/** @type {number} */ offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (/** @type {number} */ (starts[middle]) <= offset) low = middle;
      else high = middle - 1;
    }
    const entry = map.findEntry(low, offset - /** @type {number} */ (starts[low]));
    return "originalLine" in entry ? entry.originalLine + 1 : undefined;
  };
}
