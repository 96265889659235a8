/** For `--import`: the first stop signal comes again at once; how many came is said on stderr in the end. */
let count = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    count += 1;
    if (count === 1) setImmediate(() => process.kill(process.pid, signal));
  });
}
process.on('exit', () => process.stderr.write(String(count)));
