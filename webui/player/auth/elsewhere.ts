/** Logging in at another provider, by authorization code and PKCE. Its token is the player token. Loaded where it is used. */
import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import type { AuthConfig } from '../api';

type Provider = NonNullable<AuthConfig['oidc']>;

function managerOf({ issuer, clientId, scopes }: Provider): UserManager {
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: `${location.origin}/`,
    scope: scopes.join(' '),
    loadUserInfo: false,
    automaticSilentRenew: false,
    // What must outlive the way there and back ends with the tab; the token is kept by the page itself.
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  });
}

/** Leaves the page for the provider's. Rejects where the provider does not answer. */
export async function goElsewhere(provider: Provider): Promise<void> {
  await managerOf(provider).signinRedirect({ nonce: crypto.randomUUID() });
}

/** The token that the player comes back with. The code goes from the address first, whatever becomes of it. */
export async function comeBack(provider: Provider): Promise<string> {
  const address = location.href;
  history.replaceState(null, '', location.pathname);
  const user = await managerOf(provider).signinRedirectCallback(address);
  // An access token may be anything; an ID token is always one that can be checked.
  const token = isSigned(user.access_token) ? user.access_token : user.id_token;
  if (!token) throw new Error('the provider gave no token');
  return token;
}

function isSigned(token: string): boolean {
  return token.split('.').length === 3;
}
