// Preloaded by every npm script. Plain JavaScript, so that a Node too old for the rest can still say so.
const [major] = process.versions.node.split('.');
if (Number(major) < 26) {
  console.error(
    `badge-groups needs Node 26 or newer, and this is ${process.version}. Run "npm ci": it brings Node 26 along.`,
  );
  process.exit(1);
}
