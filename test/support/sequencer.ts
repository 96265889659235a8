import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What waits for processes and time-outs, the longest first: begun last, it would run on alone. */
const first = [
  'process/embedded',
  'database/data-directory',
  'faults/database',
  'faults/',
  'history/',
  'process/',
  'commands/',
  'auth/key-server',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = first.findIndex((path) => moduleId.includes(`/test/${path}`));
      return index < 0 ? first.length : index;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}
