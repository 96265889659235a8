import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, type ModifiableInstruction } from 'dockerfile-ast';
import { root } from './process.ts';

/** One instruction of a stage. */
export interface Step {
  readonly keyword: string;
  /** By their names. */
  readonly flags: Readonly<Record<string, string>>;
  /** What comes after the flags, word by word. */
  readonly words: readonly string[];
  /** The same as it is written. */
  readonly text: string;
}

/** From one FROM to the next. */
export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly steps: readonly Step[];
}

export const dockerfileText = readFileSync(join(root, 'Dockerfile'), 'utf8');

/** The stages of our Dockerfile, the image last. */
export const stages: readonly Stage[] = readStages(dockerfileText);

function readStages(text: string): Stage[] {
  const stages: (Stage & { steps: Step[] })[] = [];
  const file = DockerfileParser.parse(text);
  const bases = file.getFROMs();
  for (const instruction of file.getInstructions()) {
    const keyword = instruction.getKeyword();
    const from = bases[stages.length];
    if (keyword === 'FROM' && from) {
      stages.push({ base: String(from.getImage()), name: from.getBuildStage() ?? undefined, steps: [] });
      continue;
    }
    const flags = (instruction as ModifiableInstruction).getFlags?.() ?? [];
    const words = instruction.getArguments().map((argument) => argument.getValue());
    const rest = instruction.getArgumentsContent() ?? '';
    stages.at(-1)?.steps.push({
      keyword,
      flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
      words,
      text: rest.replace(/^(--\S+\s+)+/, ''),
    });
  }
  return stages;
}

/** The last of these instructions in a stage, which is the one that counts. */
export function getStep(stage: Stage, keyword: string): Step {
  const step = stage.steps.findLast((step) => step.keyword === keyword);
  if (step === undefined) throw new Error(`The stage has no ${keyword}.`);
  return step;
}

/** The words of a command in its exec form, which no shell sees. */
export function readExecForm({ text }: Step): string[] {
  return JSON.parse(text.replace(/^CMD /, ''));
}
