// Checks tickets offline: the keys are fetched when the first one comes, and again when one names a key that is not known.
import { createRemoteJWKSet, jwtVerify } from 'jose';

export function checker(gatekeeper, instance) {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', gatekeeper));
  const used = new Map(); // when each ticket that was taken expires, by jti

  return async (ticket) => {
    const wanted = { issuer: gatekeeper, audience: instance, algorithms: ['EdDSA'], requiredClaims: ['exp', 'jti', 'sid'] };
    const { payload } = await jwtVerify(ticket, keys, wanted);
    const now = Date.now() / 1000;
    for (const [jti, expires] of used) if (expires <= now) used.delete(jti);
    if (used.has(payload.jti)) throw new Error('the ticket was used before');
    used.set(payload.jti, payload.exp);
    return payload;
  };
}
