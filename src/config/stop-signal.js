// Preloaded by npm start, and plain JavaScript: process 1 of a container loses every signal that comes before its listeners.

/**
 * The first SIGINT or SIGTERM. The listeners stay: without one the next would end the process at once, or be lost.
 * @type {Promise<NodeJS.Signals>}
 */
export const stopSignal = new Promise((resolve) => {
  process.on('SIGINT', resolve);
  process.on('SIGTERM', resolve);
});
