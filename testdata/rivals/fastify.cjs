// Admission as it is usually built: Fastify in front of Redis, which decides in one atomic script and answers after its
// append-only file is synced. Usage: node fastify.cjs REDIS_PORT PLAYERS
const { createHash, randomUUID } = require('node:crypto');
const fastify = require('fastify')();
const Redis = require('ioredis').default;

const [redisPort, players] = process.argv.slice(2).map(Number);
const redis = new Redis({ host: '127.0.0.1', port: redisPort, enableAutoPipelining: true });
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

redis.defineCommand('admit', {
  numberOfKeys: 1,
  lua: `
    local account = redis.call('HGET', 'tokens', ARGV[1])
    if not account then return {'NOT_AUTHENTICATED'} end
    if redis.call('EXISTS', 'lock:' .. account) == 1 then return {'RATE_LIMITED'} end
    local character = redis.call('HGET', 'active', account)
    if not character then return {'NO_ACTIVE_CHARACTER'} end
    local instance = redis.call('HMGET', 'instance:' .. KEYS[1], 'capacity', 'build')
    if instance[2] and instance[2] ~= ARGV[2] then return {'VERSION_MISMATCH'} end
    if redis.call('HEXISTS', 'places', character) == 1 then return {'ALREADY_CONNECTED'} end
    redis.call('XADD', 'events', '*', 'event', 'connection.attempt', 'instance', KEYS[1], 'attempt', ARGV[3], 'account', account)
    if redis.call('SCARD', 'seats:' .. KEYS[1]) >= tonumber(instance[1] or 1000000) then return {'QUEUED'} end
    redis.call('SADD', 'seats:' .. KEYS[1], ARGV[4])
    redis.call('HSET', 'places', character, ARGV[4])
    redis.call('HSET', 'session:' .. ARGV[4], 'account', account, 'character', character, 'token', ARGV[5], 'state', 'reserved', 'at', ARGV[6])
    redis.call('XADD', 'events', '*', 'event', 'connection.admitted', 'instance', KEYS[1], 'attempt', ARGV[3], 'account', account, 'session', ARGV[4])
    return {'admitted', character}`,
});

fastify.post('/instances/:id/connect', async (request, reply) => {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const [attemptId, sessionId, sessionToken] = [randomUUID(), randomUUID(), randomUUID()];
  const build = request.body?.clientBuild ?? '';
  const [outcome, characterId] = await redis.admit(
    request.params.id, sha256(token), build, attemptId, sessionId, sha256(sessionToken), Date.now(),
  );
  if (outcome !== 'admitted') reply.code(409);
  return { outcome, attemptId, instanceId: request.params.id, characterId, sessionId, sessionToken };
});

// Between two slices of the benchmark: everybody leaves.
fastify.delete('/places', async () => {
  await redis.del('places');
  return {};
});

async function main() {
  for (let from = 0; from < players; from += 10_000) {
    const batch = redis.pipeline();
    for (let i = from; i < Math.min(players, from + 10_000); i++) {
      const number = String(i).padStart(5, '0');
      batch.hset('tokens', sha256(`token-${number}`), `account-${number}`);
      batch.hset('active', `account-${number}`, `character-${number}`);
    }
    await batch.exec();
  }
  console.log(await fastify.listen({ host: '127.0.0.1', port: 0 }));
}

main();
