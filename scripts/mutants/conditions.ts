import type { Change } from "./operators.ts";
import { bare, type Node } from "./syntax.ts";

/* The changes of conditions to true and false, and the calls that can be left out. */

const LOOPS = new Set(["ForStatement", "WhileStatement", "DoWhileStatement"]);
const BRANCHES = new Set(["IfStatement", "ConditionalExpression"]);
const COMPARISONS = new Set(["<", "<=", ">", ">=", "===", "!==", "==", "!=", "in", "instanceof"]);

/** Returns true and false for a condition, as far as that is no change of another expression. */
export function conditionChanges(node: Node, parent: Node | undefined, key: string | undefined): Change[] {
  const change = (text: string): Change => ({ operator: "condition", text });
  if (key === "test" && parent !== undefined) {
    if (LOOPS.has(parent.type)) return [change("false")];
    if (BRANCHES.has(parent.type)) return [change("true"), change("false")];
  }
  if (node.type === "ParenthesizedExpression" || !isBoolean(node)) return [];
  if (parent?.type === "LogicalExpression") {
    if (parent["operator"] === "&&") return [change("true")];
    if (parent["operator"] === "||") return [change("false")];
  }
  const isComparison = node.type === "BinaryExpression";
  return isComparison ? [change("true"), change("false")] : [];
}

/** Returns whether an expression is true or false by its look. */
function isBoolean(node: Node): boolean {
  const { type, operator, name, property, callee } = bare(node);
  switch (type) {
    case "BinaryExpression":
      return COMPARISONS.has(String(operator));
    case "UnaryExpression":
      return operator === "!";
    case "Identifier":
    case "PrivateIdentifier":
      return /^(?:is|has|can)[A-Z]/.test(String(name));
    case "MemberExpression":
      return isBoolean(property as Node);
    case "CallExpression":
      return isBoolean(callee as Node);
    default:
      return false;
  }
}

/** Returns whether a statement is a call, or waits for one. */
export function isRemovable(statement: Node): boolean {
  if (statement.type !== "ExpressionStatement") return false;
  let expression = bare(statement["expression"] as Node);
  while (expression.type === "AwaitExpression" || expression["operator"] === "void") {
    expression = bare(expression["argument"] as Node);
  }
  if (expression.type === "ChainExpression") expression = bare(expression["expression"] as Node);
  return expression.type === "CallExpression" && (expression["callee"] as Node).type !== "Super";
}
