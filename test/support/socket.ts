import type { Socket } from 'node:net';

/** Settles when the socket has closed, by a reset too, on which `once` of `node:events` rejects. */
export function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}
