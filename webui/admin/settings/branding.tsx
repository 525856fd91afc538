import { useState } from 'preact/hooks';
import { call } from '../api';
import { Input } from '../kit/bits';
import { type Group, SaveButton, type Settings } from './settings-page';

export function Branding({ group }: { group: Group }) {
  const [branding, set] = useState(group.settings.branding);
  const links = branding.links.map(({ title, url }) => `${title}=${url}`).join('\n');
  const [linkText, setLinkText] = useState(links);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void group.save({ branding: { ...branding, links: readLinks(linkText) } });
      }}
    >
      <div class="form-grid">
        <Input
          label="Name"
          value={branding.name}
          onChange={(name) => set({ ...branding, name })}
          maxLength={40}
          required
          disabled={group.isFixed('branding.name')}
        />
        <Input
          label="Accent"
          hint="A colour such as #3d4bc7; empty = the page's own"
          value={branding.accent}
          onChange={(accent) => set({ ...branding, accent })}
          disabled={group.isFixed('branding.accent')}
        />
        <Input
          label="Background"
          hint="A colour such as #f4f4fa, or a picture below"
          value={branding.background}
          onChange={(background) => set({ ...branding, background })}
          disabled={group.isFixed('branding.background')}
        />
        <div class="input">
          <label for="links">Links at the foot</label>
          <textarea
            id="links"
            rows={3}
            value={linkText}
            disabled={group.isFixed('branding.links')}
            aria-describedby="links-hint"
            onInput={(event) => setLinkText(event.currentTarget.value)}
          />
          <small id="links-hint" class="hint">
            One a line: Rules=https://example.org/rules
          </small>
        </div>
      </div>
      <div class="form-grid">
        <Picture group={group} which="logo" label="Logo" hint="SVG, PNG, JPEG or WebP, up to 256 KiB" />
        <Picture group={group} which="background" label="Background picture" hint="Up to 1 MiB" />
      </div>
      <SaveButton group={group} />
    </form>
  );
}

function readLinks(text: string): { title: string; url: string }[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [title = '', ...url] = line.split('=');
      return { title: title.trim(), url: url.join('=').trim() };
    });
}

function Picture({
  group,
  which,
  label,
  hint,
}: {
  group: Group;
  which: 'logo' | 'background';
  label: string;
  hint: string;
}) {
  const [error, setError] = useState('');
  const disabled = group.isFixed(`branding.${which}`);
  const address = group.settings.branding[which];
  const hasPicture = address.startsWith('/');
  async function send(method: 'PUT' | 'DELETE', file?: Blob): Promise<void> {
    const answer = await call<Settings>(method, `/settings/pictures/${which}`, file ? { file } : {});
    setError(answer.ok ? '' : answer.detail);
    if (answer.ok) group.take(answer.body, answer.etag);
  }
  return (
    <div class="input">
      <label>
        <span>{label}</span>
        <input
          type="file"
          accept="image/svg+xml,image/png,image/jpeg,image/webp"
          disabled={disabled}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void send('PUT', file);
          }}
        />
      </label>
      <small class="hint">{hint}</small>
      {hasPicture && (
        <span class="picture">
          <img src={`${address}?${Date.now()}`} alt={`The ${label.toLowerCase()} now`} />
          <button type="button" class="small" disabled={disabled} onClick={() => send('DELETE')}>
            Take it away
          </button>
        </span>
      )}
      <p class="said bad" role="alert">
        {error}
      </p>
    </div>
  );
}
