import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

function isFromGatekeeper(secret, signature, body) {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature ?? '') ?? [];
  if (!t || Math.abs(Date.now() / 1000 - t) > 300) return false;
  const signed = createHmac('sha256', secret).update(`${t}.`).update(body).digest();
  return timingSafeEqual(signed, Buffer.from(v1, 'hex'));
}

const newest = new Map(); // by instance; belongs where your data is, so that what comes again changes nothing

createServer(async (request, response) => {
  const body = await buffer(request);
  if (!isFromGatekeeper(process.env.WEBHOOK_SECRET, request.headers['gatekeeper-signature'], body)) {
    return response.writeHead(401).end();
  }
  const { instanceId, events } = JSON.parse(body);
  for (const { seq, event, sessionId } of events) {
    if (seq <= (newest.get(instanceId) ?? 0)) continue;
    newest.set(instanceId, seq);
    console.log(instanceId, seq, event, sessionId ?? '');
  }
  response.writeHead(204).end();
}).listen(process.env.PORT ?? 8090, '127.0.0.1');
