import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Prints the conformance cases as a table, a row for each sentence of the specification. */
export default class ConformanceTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const cases = modules.flatMap(({ children }) => [...children.allTests()]);
    const rows = cases.map((testCase) => [findSection(testCase), testCase.name, describeResult(testCase)]);
    for (const row of [['section', 'sentence', 'held'], ['---', '---', '---'], ...rows]) {
      console.log(`| ${row.join(' | ')} |`);
    }
    const [held, limited, not, failed] = ['yes', 'yes, ', 'no', 'FAILS'].map(
      (word) => rows.filter(([, , result]) => result?.startsWith(word)).length,
    );
    console.log(
      `\n${rows.length} sentences: ${held} held, ${limited} of them with an exception; ${not} not held; ${failed} fail.`,
    );
    for (const error of [...modules.flatMap((module) => module.errors()), ...errors]) console.error(error);
  }
}

function findSection({ parent }: TestCase): string {
  return parent.type === 'suite' ? parent.name : '';
}

function describeResult(testCase: TestCase): string {
  const { state, errors } = testCase.result();
  if (state === 'passed') return testCase.meta().held ?? 'yes';
  return `FAILS: ${errors?.map(({ message }) => message.split('\n')[0]).join('; ') ?? state}`;
}
