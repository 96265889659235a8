/**
 * How far a service has come to its end: it serves; it is leaving, and does all that it did but says that it is not
 * ready; or it is closing, and every answer is the last on its connection, so that no client sends another request there.
 */
export type Stage = 'serving' | 'leaving' | 'closing';
