/** A message may repeat a value or a name of the request, and there may be a hundred of them. */
export const maxMessageLength = 1_000;

export function shorten(message: string, length = maxMessageLength): string {
  return message.length > length ? `${message.slice(0, length)}…` : message;
}
