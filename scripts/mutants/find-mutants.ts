import { parseSync } from "oxc-parser";
import { conditionChanges, isRemovable } from "./conditions.ts";
import type { Mutant, Site } from "./mutant.ts";
import { type Change, changesOf } from "./operators.ts";
import { bare, childrenOf, type Node } from "./syntax.ts";

/** Returns the sites of a file, outer ones before those in them. The first mutant has `firstId`. */
export function findMutants(file: string, source: string, firstId: number): Site[] {
  const finder = new Finder(file, source, firstId);
  finder.visit(parseSync(file, source).program as unknown as Node, { unit: { start: 0, end: source.length } });
  return finder.sites;
}

/** Where a node stands. */
interface Place {
  readonly parent?: Node;
  readonly key?: string;
  /** The class member or the statement of the file around it. */
  readonly unit: { readonly start: number; readonly end: number };
  /** In the text of an error. */
  readonly isMessage?: boolean;
  /** Among the links of `a?.b.c`, which cannot stand in parentheses of their own. */
  readonly isLink?: boolean;
}

class Finder {
  readonly sites: Site[] = [];
  readonly #file: string;
  readonly #source: string;
  #id: number;

  constructor(file: string, source: string, firstId: number) {
    this.#file = file;
    this.#source = source;
    this.#id = firstId;
  }

  visit(node: Node, place: Place): void {
    this.#find(node, place);
    const isMessage = place.isMessage === true || isError(node);
    for (const { key, child } of childrenOf(node)) {
      if (isSkipped(node, key)) continue;
      const unit = isUnit(node) ? { start: child.start, end: child.end } : place.unit;
      const isLink =
        node.type === "ChainExpression" || (place.isLink === true && (key === "object" || key === "callee"));
      this.visit(child, { parent: node, key, unit, isMessage, isLink });
    }
  }

  #find(node: Node, place: Place): void {
    if (node.type === "BlockStatement") this.#findBlock(node, place);
    else if (node.type === "SwitchCase") this.#findCase(node, place);
    else if (node.type === "ExpressionStatement") {
      if (isRemovable(node)) this.#add("statement", node, [{ operator: "call removed", text: ";" }], place);
    } else if (isExpressionPlace(node, place)) {
      const changes = [...this.#ownChanges(node, place), ...conditionChanges(node, place.parent, place.key)];
      this.#add("expression", node, changes, place);
    }
  }

  #ownChanges(node: Node, { isMessage, isLink }: Place): Change[] {
    if (isLink === true) return [];
    if (node.type === "ChainExpression") return this.#linkChanges(node);
    const changes = changesOf(node, this.#source);
    return isMessage === true ? changes.filter(({ operator }) => operator !== "text") : changes;
  }

  /** Each `?.` of a chain as a plain link. */
  #linkChanges(chain: Node): Change[] {
    const changes: Change[] = [];
    for (let link = bare(chain["expression"] as Node); ; ) {
      const next = (link["object"] ?? link["callee"]) as Node | undefined;
      if (next === undefined) return changes;
      if (link["optional"] === true) {
        const mark = this.#source.indexOf("?.", next.end);
        const isName = link.type === "MemberExpression" && link["computed"] !== true;
        const rest = this.#source.slice(mark + 2, chain.end);
        changes.push({
          operator: "?. removed",
          text: `${this.#source.slice(chain.start, mark)}${isName ? "." : ""}${rest}`,
        });
      }
      link = bare(next);
    }
  }

  #findBlock(node: Node, place: Place): void {
    const body = node["body"] as Node[];
    const [only] = body;
    if (only === undefined || (body.length === 1 && isRemovable(only))) return;
    // `if (false)` does the same.
    if (place.key === "consequent" && place.parent?.["alternate"] === null) return;
    if (this.#source.slice(node.start, node.end).includes("super(")) return;
    this.#add("block", node, [{ operator: "block emptied", text: "{}" }], place);
  }

  #findCase(node: Node, place: Place): void {
    const body = node["consequent"] as Node[];
    const [first, last] = [body[0], body.at(-1)];
    if (first === undefined || last === undefined || first.type === "BlockStatement") return;
    const range = { ...node, start: first.start, end: last.end };
    this.#add("statement", range, [{ operator: "case emptied", text: ";" }], place);
  }

  #add(kind: Site["kind"], { start, end }: Node, changes: readonly Change[], { unit }: Place): void {
    const before = this.#source.slice(start, end);
    const texts = new Map(changes.map((change) => [change.text, change.operator]));
    texts.delete(before);
    if (texts.size === 0) return;
    const above = this.#source.slice(0, start).split("\n");
    const at = {
      file: this.#file,
      line: above.length,
      column: (above.at(-1) ?? "").length + 1,
      start,
      end,
      unit,
      kind,
    };
    const mutants = [...texts].map(([after, operator]): Mutant => ({ id: this.#id++, ...at, operator, before, after }));
    this.sites.push({ kind, start, end, mutants });
  }
}

function isUnit({ type }: Node): boolean {
  return type === "Program" || type === "ClassBody";
}

function isError({ type, callee }: Node): boolean {
  return type === "NewExpression" && /Error$/.test(String((callee as Node)["name"]));
}

/** Returns whether a child is a name, a target or a module, which has no value to change. */
function isSkipped(node: Node, key: string): boolean {
  if (key === "source" || key === "quasi" || key === "label") return true;
  if (key === "key") return node["computed"] !== true;
  if (key === "left")
    return ["AssignmentExpression", "AssignmentPattern", "ForOfStatement", "ForInStatement"].includes(node.type);
  if (key === "property") return node["computed"] !== true;
  if (node.type === "UpdateExpression" || node["directive"] != null) return true;
  return node.type === "SwitchCase" && key === "test";
}

/** Returns whether an expression can be put in parentheses. */
function isExpressionPlace(node: Node, { parent, key }: Place): boolean {
  if (parent === undefined || key === "callee") return false;
  if (parent.type === "UnaryExpression" && ["delete", "typeof"].includes(String(parent["operator"]))) return false;
  return !(parent.type === "BinaryExpression" && node.type === "Literal" && isTypeof(parent));
}

function isTypeof({ left, right }: Node): boolean {
  return [left, right].some((side) => (side as Node)["operator"] === "typeof");
}
