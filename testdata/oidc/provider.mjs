// A real OIDC provider for the tests. Usage: node provider.mjs PORT CLIENT REDIRECT
// Anybody is who they say: its own development pages ask for a name and take any password.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, client, redirect] = process.argv.slice(2);
const server = createServer();
await new Promise((ready) => server.listen(Number(port), '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: client,
      redirect_uris: [redirect],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'native',
    },
  ],
  clientBasedCORS: () => true,
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], profile: ['preferred_username'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: `${id} of elsewhere` }) }),
  pkce: { required: () => true },
  ttl: { IdToken: 3600 },
});
server.on('request', provider.callback());
console.log(issuer);
