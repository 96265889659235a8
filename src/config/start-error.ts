/** What the operator has to put right: the message is one line that says what is wrong and what would be right. */
export class StartError extends Error {
  override name = 'StartError';
}

/** Ends a process with status 1 and the one line of a StartError; anything else is a fault, and thrown on. */
export function failWithOneLine(error: unknown): void {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
