import { delivered, gotAll, type LoadResult } from "../load.ts";
import { spread, type Target, withNoise } from "../report.ts";

interface Runs {
  /** 200 viewers. */
  readonly ours: readonly LoadResult[];
  readonly fanout: readonly LoadResult[];
  /** Empty if it cannot run. */
  readonly ustreamer: readonly LoadResult[];
  /** Ours with 1000 viewers; empty if too few files may be open. */
  readonly crowd: readonly LoadResult[];
}

/** Compares the runs with the targets. */
export function viewerTargets({ ours, fanout, ustreamer, crowd }: Runs): Target[] {
  const bare = ratio(ours, fanout);
  const p50 = ours.map((run) => run.p50);
  const lost = ours.reduce((total, run) => total + run.skipped, 0);
  const targets: Target[] = [
    {
      what: "CPU per GB at 200 viewers ÷ bare C's",
      target: "≤ 1.8",
      measured: withNoise(bare, 2),
      met: middle(bare) <= 1.8,
    },
    { what: "p50 latency at 200 viewers", target: "< 8 ms", measured: `${withNoise(p50, 2)} ms`, met: middle(p50) < 8 },
    { what: "frames skipped at 200 viewers, all runs", target: "0", measured: String(lost), met: lost === 0 },
  ];
  if (ustreamer.length > 0) {
    const share = ratio(ours, ustreamer);
    const [what, measured] = ["CPU per GB at 200 viewers ÷ ustreamer's", withNoise(share, 2)];
    targets.push({ what, target: "≤ 0.25", measured, met: middle(share) <= 0.25 });
  }
  if (crowd.length > 0) {
    // Of several runs, the worst counts.
    const core = Math.max(...crowd.map((run) => run.core));
    const share = Math.min(...crowd.map(delivered));
    const skipped = crowd.reduce((total, run) => total + run.skipped, 0);
    const measured = `${(share * 100).toFixed(2)} %, ${skipped} skipped`;
    targets.push(
      { what: "share of one core at 1000 viewers", target: "≤ 1", measured: core.toFixed(2), met: core <= 1 },
      { what: "frames delivered at 1000 viewers", target: "all, on time", measured, met: crowd.every(gotAll) },
    );
  }
  return targets;
}

/** Returns the ratios of CPU time per GB, round by round. */
function ratio(ours: readonly LoadResult[], theirs: readonly LoadResult[]): number[] {
  return ours.flatMap(({ cpuPerGB }, round) => {
    const other = theirs[round];
    return other === undefined ? [] : [cpuPerGB / other.cpuPerGB];
  });
}

function middle(values: readonly number[]): number {
  return spread(values).median;
}
