// The process of a flood: says that it has begun, and then what became of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { askAgain } from './ask-again.ts';

const [task, headStart] = process.argv.slice(2).map((argument) => JSON.parse(argument));
const figures = askAgain(task);
await sleep(headStart * 1_000);
process.send?.('begun');
process.send?.(await figures, () => process.exit());
