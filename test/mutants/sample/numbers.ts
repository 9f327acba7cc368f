/* What `test/mutants/mutants.test.ts` puts faults into. */

const GREETING = "hello";

export function isAdult(age: number): boolean {
  return age >= 18;
}

export function distance(one: number, other: number): number {
  return one > other ? one - other : other - one;
}

export function countDown(from: number): number {
  let steps = 0;
  for (let left = from; left > 0; left--) steps++;
  return steps;
}

export function unused(age: number): number {
  return age - 1;
}

export function greet(): string {
  return GREETING;
}

export function sideOf(age: number): "left" | "right" {
  return age > 3 ? "left" : "right";
}
