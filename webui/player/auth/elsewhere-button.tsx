import { useEffect, useState } from 'preact/hooks';
import { FormError } from '../../ui/field';
import { useTexts } from '../../ui/texts';
import type { AuthConfig } from '../api';

interface Props {
  provider: NonNullable<AuthConfig['oidc']>;
  onToken: (token: string) => void;
}

/** Few need it, and it is as large as the rest of the page. */
const load = () => import('./elsewhere');

/** Of a page that was opened over plain HTTP the browser hides the cryptography that it takes. */
const canGoElsewhere = typeof crypto !== 'undefined' && crypto.subtle !== undefined;

/** Whether the provider has sent the player back. */
function isBack(): boolean {
  const query = new URLSearchParams(location.search);
  return query.has('state') && (query.has('code') || query.has('error'));
}

/** The way to a provider, and the arrival from there. */
export function ElsewhereButton({ provider, onToken }: Props) {
  const t = useTexts();
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(isBack);

  const fail = () => {
    setError(t.auth.elsewhereFailed);
    setBusy(false);
  };

  useEffect(() => {
    if (isBack())
      load()
        .then(({ comeBack }) => comeBack(provider))
        .then(onToken, fail);
  }, []);

  function leave(): void {
    setError('');
    setBusy(true);
    load()
      .then(({ goElsewhere }) => goElsewhere(provider))
      .catch(fail);
  }

  if (!canGoElsewhere) return <p class="hint">{t.auth.elsewhereInsecure}</p>;
  return (
    <div class="elsewhere">
      <FormError text={error} />
      <button type="button" class="wide" disabled={isBusy} onClick={leave}>
        {t.auth.elsewhere(new URL(provider.issuer).host)}
      </button>
    </div>
  );
}
