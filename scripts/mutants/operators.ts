import type { Node } from "./syntax.ts";

/* The changes of single expressions: those of Stryker, and a few of regular expressions. */

export interface Change {
  readonly operator: string;
  readonly text: string;
}

const BINARY: Readonly<Record<string, readonly string[]>> = {
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
  "==": ["!="],
  "!=": ["=="],
  "&": ["|"],
  "|": ["&"],
  "^": ["&"],
  "<<": [">>"],
  ">>": ["<<"],
  ">>>": ["<<"],
};

const LOGICAL: Readonly<Record<string, string>> = { "&&": "||", "||": "&&", "??": "&&" };

const ASSIGNMENT: Readonly<Record<string, string>> = {
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
  "%=": "*=",
  "<<=": ">>=",
  ">>=": "<<=",
  "&=": "|=",
  "|=": "&=",
  "^=": "&=",
  "&&=": "||=",
  "||=": "&&=",
  "??=": "&&=",
};

/** What a method becomes; undefined: the object that it is called on. */
const METHODS = new Map<string, string | undefined>([
  ["endsWith", "startsWith"],
  ["startsWith", "endsWith"],
  ["toUpperCase", "toLowerCase"],
  ["toLowerCase", "toUpperCase"],
  ["some", "every"],
  ["every", "some"],
  ["min", "max"],
  ["max", "min"],
  ["floor", "ceil"],
  ["ceil", "floor"],
  ["trimEnd", "trimStart"],
  ["trimStart", "trimEnd"],
  ...["filter", "reverse", "slice", "sort", "toSorted", "trim", "normalize", "replace", "subarray"].map(
    (name) => [name, undefined] as const,
  ),
]);

/** Returns the changes of an expression, apart from those that its place allows. */
export function changesOf(node: Node, source: string): Change[] {
  const text = (part: Node) => source.slice(part.start, part.end);
  const operator = (change: string) => {
    const { left, right } = node as unknown as { left: Node; right: Node };
    const between = source.slice(left.end, right.start).replace(String(node["operator"]), () => change);
    return `${text(left)}${between}${text(right)}`;
  };
  const sign = String(node["operator"]);
  switch (node.type) {
    case "BinaryExpression":
      return isText(node)
        ? []
        : (BINARY[sign] ?? []).map((to) => ({ operator: `${sign} → ${to}`, text: operator(to) }));
    case "LogicalExpression": {
      const to = LOGICAL[sign] as string;
      return [{ operator: `${sign} → ${to}`, text: operator(to) }];
    }
    case "AssignmentExpression": {
      const to = ASSIGNMENT[sign];
      return to === undefined ? [] : [{ operator: `${sign} → ${to}`, text: operator(to) }];
    }
    case "UnaryExpression":
      return changesOfUnary(sign, text(node["argument"] as Node));
    case "UpdateExpression": {
      const [one, other] = sign === "++" ? ["++", "--"] : ["--", "++"];
      return [{ operator: `${one} → ${other}`, text: text(node).replace(one, other) }];
    }
    case "Literal":
      return changesOfLiteral(node, text(node));
    case "TemplateLiteral":
      return text(node) === "``" ? [] : [{ operator: "text", text: "``" }];
    case "ArrayExpression":
      return (node["elements"] as unknown[]).length === 0 ? [] : [{ operator: "array", text: "[]" }];
    case "ObjectExpression":
      return (node["properties"] as unknown[]).length === 0 ? [] : [{ operator: "object", text: "{}" }];
    case "ArrowFunctionExpression":
      return changesOfArrow(node, source);
    case "CallExpression":
      return changesOfCall(node, source);
    default:
      return [];
  }
}

/** Returns whether a `+` joins texts. */
function isText({ operator, left, right }: Node): boolean {
  const isOne = (part: unknown) =>
    (part as Node).type === "TemplateLiteral" || typeof (part as Node)["value"] === "string";
  return operator === "+" && (isOne(left) || isOne(right));
}

function changesOfUnary(sign: string, argument: string): Change[] {
  if (sign === "!" || sign === "~") return [{ operator: `${sign} removed`, text: argument }];
  if (sign !== "-" && sign !== "+") return [];
  const to = sign === "-" ? "+" : "-";
  return [{ operator: `${sign} → ${to}`, text: `${to}${argument}` }];
}

function changesOfLiteral({ value, regex }: Node, text: string): Change[] {
  if (typeof value === "boolean") return [{ operator: "boolean", text: String(!value) }];
  if (typeof value === "string") return [{ operator: "text", text: value === "" ? '"mutant"' : '""' }];
  if (regex === undefined || regex === null) return [];
  const { pattern, flags } = regex as { pattern: string; flags: string };
  const patterns = [
    pattern.replace(/^\^/, ""),
    pattern.replace(/(?<!\\)\$$/, ""),
    pattern.replace(/(?<=[\])\w])[+*](?!\?)/, ""),
    pattern.replace(/\[(\^?)/, (_, not) => (not === "" ? "[^" : "[")),
  ];
  return [...new Set(patterns)]
    .filter((one) => one !== pattern && one !== "" && `/${one}/${flags}` !== text)
    .map((one) => ({ operator: "pattern", text: `/${one}/${flags}` }));
}

function changesOfArrow(node: Node, source: string): Change[] {
  const body = node["body"] as Node;
  if (body.type === "BlockStatement") return [];
  return [{ operator: "result removed", text: `${source.slice(node.start, body.start)}undefined` }];
}

function changesOfCall(node: Node, source: string): Change[] {
  const { type, object, property, computed, end } = node["callee"] as Member;
  if (type !== "MemberExpression" || computed) return [];
  const name = source.slice(property.start, property.end);
  if (!METHODS.has(name)) return [];
  const to = METHODS.get(name);
  const start = source.slice(object.start, object.end);
  if (to === undefined) return [{ operator: `${name} removed`, text: start }];
  return [{ operator: `${name} → ${to}`, text: `${start}.${to}${source.slice(end, node.end)}` }];
}

type Member = Node & { readonly object: Node; readonly property: Node; readonly computed: boolean };
