import { declarationFile, findUndeclaredBreaks, schemaFile } from './schema-history.ts';

const breaks = findUndeclaredBreaks('.');
if (breaks === undefined) {
  console.log(`${schemaFile}: git knows no other version to compare with, as in a shallow clone.`);
} else if (breaks.length > 0) {
  console.error(`${schemaFile} breaks clients of the version before:`);
  for (const description of breaks) console.error(description);
  console.error(`Undo that or, if it is meant, add these lines as they are to ${declarationFile}.`);
  process.exitCode = 1;
}
