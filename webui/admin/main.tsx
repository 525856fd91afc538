import { render } from 'preact';
import '../ui/base.css';
import './kit/kit.css';
import './admin.css';
import { App } from './app';

/** Read once and cleared at once: the token must not stay in the address bar or the history. */
function takeSetupToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('setup');
  if (token !== null) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

const root = document.getElementById('app');
if (root) render(<App setupToken={takeSetupToken()} />, root);
