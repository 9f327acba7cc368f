import { checks, type Finding } from "../doctor/checks.ts";
import { address } from "../ui/address.ts";

const RANKS = { problem: 0, note: 1, ok: 2 };
const WORDS = { problem: "Problem", note: "Note", ok: "OK" };

const again = document.getElementById("again") as HTMLButtonElement;
const verdict = document.getElementById("verdict") as HTMLElement;

async function run() {
  again.disabled = true;
  verdict.textContent = "Checking, which takes a few seconds…";
  verdict.dataset["level"] = "";
  const [here, there] = await Promise.all([
    show("here", collect(checks.map((check) => check()))),
    show("there", collect([askServer()])),
  ]);
  const findings = [...here, ...there];
  const problems = findings.filter(({ level }) => level === "problem").length;
  const notes = findings.filter(({ level }) => level === "note").length;
  verdict.textContent = summary(problems, notes);
  verdict.dataset["level"] = problems > 0 ? "problem" : notes > 0 ? "note" : "ok";
  again.disabled = false;
}

async function askServer(): Promise<Finding[]> {
  const response = await fetch(address("api/doctor"), { cache: "no-store" });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.json()).findings;
}

/** Returns what each check found; of one that failed, that it did. */
async function collect(running: Promise<Finding[]>[]): Promise<Finding[]> {
  const results = await Promise.allSettled(running);
  return results.flatMap((result) => {
    if (result.status === "fulfilled") return result.value;
    const what = `A check failed: ${result.reason instanceof Error ? result.reason.message : result.reason}.`;
    const finding: Finding = { check: "failed", about: "Connection", level: "problem", what, fix: "Run again." };
    return [finding];
  });
}

/** Fills a section, the worst first. */
async function show(id: string, promise: Promise<Finding[]>) {
  const section = document.getElementById(id) as HTMLElement;
  section.setAttribute("aria-busy", "true");
  const findings = await promise;
  const list = section.querySelector(".findings") as HTMLElement;
  const sorted = [...findings].sort((a, b) => RANKS[a.level] - RANKS[b.level]);
  list.replaceChildren(...sorted.map(item));
  section.setAttribute("aria-busy", "false");
  return findings;
}

function item({ check, about, level, what, fix }: Finding) {
  const element = document.createElement("li");
  element.className = "finding";
  element.dataset["level"] = level;
  element.dataset["check"] = check;
  element.append(
    text("p", "finding-level", WORDS[level]),
    text("p", "finding-about", about),
    text("p", "finding-what", what),
  );
  if (fix !== "") element.append(text("p", "finding-fix", fix));
  return element;
}

function text(name: string, className: string, content: string) {
  const element = document.createElement(name);
  element.className = className;
  // Backticks mark commands, as on the terminal.
  for (const [index, part] of content.split("`").entries()) {
    if (index % 2 === 0) {
      element.append(part);
    } else {
      const code = document.createElement("code");
      code.textContent = part;
      element.append(code);
    }
  }
  return element;
}

function summary(problems: number, notes: number) {
  const count = (number: number, word: string) => (number === 0 ? [] : [`${number} ${word}${number === 1 ? "" : "s"}`]);
  const counts = [...count(problems, "problem"), ...count(notes, "note")];
  return counts.length === 0 ? "All is well." : `${counts.join(" and ")}.`;
}

document.documentElement.classList.add("js");
again.addEventListener("click", () => void run());
void run();
