import { Brand } from '../ui/brand';
import { useTexts } from '../ui/texts';

export function Header({ name, onLogOut }: { name?: string; onLogOut?: () => void }) {
  const t = useTexts();
  return (
    <header class="top">
      <Brand />
      {onLogOut && (
        <div class="account">
          <span class="account-name">{name}</span>
          <button type="button" class="quiet small" onClick={onLogOut}>
            {t.auth.logOut}
          </button>
        </div>
      )}
    </header>
  );
}
