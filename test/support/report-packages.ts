import { registerHooks } from 'node:module';

/** For `--import`: the process says on stderr, when it ends, which packages it has loaded. */
const packages = new Set<string>();
registerHooks({
  load(url, context, nextLoad) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
    if (name) packages.add(name);
    return nextLoad(url, context);
  },
});
process.on('exit', () => process.stderr.write(`${JSON.stringify([...packages])}\n`));
