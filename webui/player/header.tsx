import { en } from '../texts/en';
import { Brand } from '../ui/brand';

export function Header({ name, onLogOut }: { name?: string; onLogOut?: () => void }) {
  return (
    <header class="top">
      <Brand />
      {onLogOut && (
        <div class="account">
          <span class="account-name">{name}</span>
          <button type="button" class="quiet small" onClick={onLogOut}>
            {en.auth.logOut}
          </button>
        </div>
      )}
    </header>
  );
}
