/* The syntax tree of oxc-parser (ESTree with TypeScript), as far as mutants need it. */

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Expressions with a type beside them. */
const TYPED = new Set(["TSAsExpression", "TSNonNullExpression", "TSSatisfiesExpression"]);

/** Nodes that run no code, or hold texts that are names. */
const SILENT = new Set(["ImportDeclaration", "ExportAllDeclaration", "TemplateElement"]);

const TYPES_OF_NODES = new Set(["typeAnnotation", "returnType", "typeParameters", "typeArguments", "implements"]);

/** Returns the nodes directly below one, without types. */
export function childrenOf(node: Node): { key: string; child: Node }[] {
  return Object.entries(node)
    .filter(([key]) => !TYPES_OF_NODES.has(key) && !key.startsWith("super"))
    .flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).map((child) => ({ key, child })))
    .filter(({ child }) => isCode(child)) as { key: string; child: Node }[];
}

function isCode(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  const type = String(value.type);
  return !SILENT.has(type) && (!type.startsWith("TS") || TYPED.has(type));
}

/** Returns an expression without its types and parentheses. */
export function bare(node: Node): Node {
  const isWrapped = TYPED.has(node.type) || node.type === "ParenthesizedExpression";
  return isWrapped ? bare(node["expression"] as Node) : node;
}
