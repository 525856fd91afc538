export { createGatekeeper, type Gatekeeper, type Options } from './driver';
export type { ConnectionState, FailureReason, Notice } from './state';
