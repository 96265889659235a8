import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './process.ts';

/** A query to Prometheus in `deploy/`. */
export interface Query {
  /** The alert, or the panel. */
  readonly of: string;
  readonly expression: string;
}

export const alertsText = readFileSync(join(root, 'deploy/alerts.yaml'), 'utf8');

export const alertQueries: readonly Query[] = [
  ...alertsText.matchAll(/- alert: (\w+)\n\s+expr: (.+)\n/g),
].map(([, of, expression]) => ({ of: String(of), expression: String(expression) }));

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const { panels } = JSON.parse(readFileSync(join(root, 'deploy/grafana-dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};

export const panelQueries: readonly Query[] = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ of: title, expression: expr })),
);

/** Each `name{label="value",…}` of a query, with the labels that are ours and stand there by their value. */
export function findSelectors({ expression }: Query): { name: string; labels: string[] }[] {
  return [...expression.matchAll(/([a-z]\w*)\{(.*?)\}/g)].map(([, name, matchers = '']) => ({
    name: String(name),
    labels: matchers.split(',').filter((matcher) => /="/.test(matcher) && !/^(job|instance)=/.test(matcher)),
  }));
}
