import { declarationFile, findUndeclaredChanges, schemaFile } from './schema-history.ts';

const changes = findUndeclaredChanges('.');
if (changes === undefined) {
  console.log(`${schemaFile}: git knows no other version to compare with, as in a shallow clone.`);
} else if (changes.length > 0) {
  console.error(`${schemaFile} may hurt clients or neighbours of the version before:`);
  for (const description of changes) console.error(description);
  console.error(`Undo that or, if it is meant, add these lines as they are to ${declarationFile}.`);
  process.exitCode = 1;
}
