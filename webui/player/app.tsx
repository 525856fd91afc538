import { useCallback, useEffect, useState } from 'preact/hooks';
import { loadTexts, type Texts } from '../texts';
import { rememberLanguage, TextsContext } from '../ui/texts';
import { storedToken, storeToken } from './account';
import { api } from './api';
import { SignIn } from './auth/sign-in';
import { Footer } from './footer';
import { Header } from './header';
import { Lobby } from './lobby';

export function App({ texts: first }: { texts: Texts }) {
  const [token, setToken] = useState(storedToken);
  const [texts, setTexts] = useState(first);

  useEffect(() => {
    document.documentElement.lang = texts.code;
  }, [texts]);

  const changeToken = useCallback((next: string | null) => {
    storeToken(next);
    setToken(next);
  }, []);
  const forgetToken = useCallback(() => changeToken(null), [changeToken]);

  async function logOut(): Promise<void> {
    await api.logOut();
    forgetToken();
  }

  async function changeLanguage(code: string): Promise<void> {
    rememberLanguage(code);
    setTexts(await loadTexts(code));
  }

  return (
    <TextsContext.Provider value={texts}>
      {token === null ? (
        <>
          <Header />
          <SignIn onToken={changeToken} />
        </>
      ) : (
        <Lobby onLoggedOut={forgetToken} onLogOut={logOut} />
      )}
      <Footer onLanguage={changeLanguage} />
    </TextsContext.Provider>
  );
}
