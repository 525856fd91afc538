import { useCallback, useState } from 'preact/hooks';
import { storedToken, storeToken } from './account';
import { api } from './api';
import { SignIn } from './auth/sign-in';
import { Header } from './header';
import { Lobby } from './lobby';

export function App() {
  const [token, setToken] = useState(storedToken);

  const changeToken = useCallback((next: string | null) => {
    storeToken(next);
    setToken(next);
  }, []);
  const forgetToken = useCallback(() => changeToken(null), [changeToken]);

  async function logOut(): Promise<void> {
    await api.logOut();
    forgetToken();
  }

  if (token !== null) return <Lobby onLoggedOut={forgetToken} onLogOut={logOut} />;
  return (
    <>
      <Header />
      <SignIn onLogin={(login) => changeToken(login.token)} />
    </>
  );
}
