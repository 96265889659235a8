import { findContradiction } from './checker.ts';
import type { Recording } from './drill.ts';

/** The contradictions, each with the name of its group, and figures to print. */
export function checkRecording({ calls, counts }: Recording) {
  const startedAt = performance.now();
  const contradictions = [...calls].flatMap(([name, about]) => {
    const contradiction = findContradiction(about);
    return contradiction ? [{ name, ...contradiction }] : [];
  });
  const all = [...calls.values()].flat();
  return {
    contradictions,
    groups: calls.size,
    calls: all.length,
    unknown: all.filter(({ answer }) => answer === undefined).length,
    counts,
    checkMs: Math.round(performance.now() - startedAt),
  };
}
