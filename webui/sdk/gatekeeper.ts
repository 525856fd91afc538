/** The client library: a player's connection to a gatekeeper, for pages and games. */
export { createGatekeeper, type Gatekeeper, type Options, type Page, type Surroundings } from './driver';
export { type ConnectionState, type FailureReason, initialState, isPolling, type Notice } from './state';
