import { branding } from './branding';

export function Brand() {
  return (
    <span class="brand">
      {branding.logo ? (
        <img src={branding.logo} alt="" height={32} />
      ) : (
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="9" />
          <path d="M8 25V14a8 8 0 0 1 16 0v11M13 25V15m6 10V15" />
        </svg>
      )}
      {branding.name}
    </span>
  );
}
