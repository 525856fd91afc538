import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Input, Said, Tick, useDeed } from '../kit/bits';
import { useMay } from '../me';
import { Backups } from './backups';
import { Branding } from './branding';

export type Settings = Wire['Settings'];

/** How a group of settings is read and saved; `isFixed` says that the command line has the word. */
export interface Group {
  settings: Settings;
  isFixed: (name: string) => boolean;
  save: (change: Wire['SettingsChange']) => Promise<void>;
  isBusy: boolean;
  said: { text: string; isError: boolean };
  take: (settings: Settings, etag: string) => void;
}

export function SettingsPage() {
  const mayOwn = useMay('owner');
  const [settings, setSettings] = useState<Settings | null>(null);
  const [etag, setEtag] = useState('');
  const take = useCallback((read: Settings, tag: string) => {
    setSettings(read);
    setEtag(tag);
  }, []);
  useEffect(() => {
    void call<Settings>('GET', '/settings').then((answer) => answer.ok && take(answer.body, answer.etag));
  }, [take]);
  if (!settings) return <p class="lead">Reading the settings.</p>;
  const group = { settings, etag, take, mayOwn };
  return (
    <>
      <h1>Settings</h1>
      {settings.fixed.length > 0 && (
        <p class="hint">
          Fixed by the command line, the environment or the configuration file: {settings.fixed.join(', ')}.
        </p>
      )}
      <GroupCard title="Branding" {...group}>
        {(g) => <Branding key={etag} group={g} />}
      </GroupCard>
      <GroupCard title="Ways to log in" {...group}>
        {(g) => <LogIn key={etag} group={g} />}
      </GroupCard>
      <GroupCard title="Limits" {...group}>
        {(g) => <Limits key={etag} group={g} />}
      </GroupCard>
      <GroupCard title="Retention" {...group}>
        {(g) => <Retention key={etag} group={g} />}
      </GroupCard>
      {mayOwn && <Backups />}
    </>
  );
}

function GroupCard({
  title,
  settings,
  etag,
  take,
  mayOwn,
  children,
}: {
  title: string;
  settings: Settings;
  etag: string;
  take: Group['take'];
  mayOwn: boolean;
  children: (group: Group) => preact.ComponentChild;
}) {
  const { isBusy, said, run } = useDeed();
  async function save(body: Wire['SettingsChange']): Promise<void> {
    const answer = await run(
      () => call<Settings>('PATCH', '/settings', { body, ifMatch: etag }),
      'Saved, and in force.',
    );
    if (answer.ok) take(answer.body, answer.etag);
  }
  const isFixed = (name: string) => !mayOwn || settings.fixed.includes(name);
  return <Card title={title}>{children({ settings, isFixed, save, isBusy, said, take })}</Card>;
}

export function SaveButton({ group }: { group: Group }) {
  return (
    <>
      <Said said={group.said} />
      {useMay('owner') && (
        <button type="submit" class="primary" disabled={group.isBusy}>
          Save
        </button>
      )}
    </>
  );
}

function LogIn({ group }: { group: Group }) {
  const [logIn, set] = useState(group.settings.logIn);
  const disabled = group.isFixed('logIn');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void group.save({ logIn });
      }}
    >
      <Tick
        label="Accounts of this server, with name and password"
        value={logIn.local}
        onChange={(local) => set({ ...logIn, local })}
        disabled={disabled}
      />
      <Tick
        label="Guests, with a name only"
        value={logIn.guest}
        onChange={(guest) => set({ ...logIn, guest })}
        disabled={disabled}
      />
      <SaveButton group={group} />
    </form>
  );
}

function Limits({ group }: { group: Group }) {
  const [limits, set] = useState(group.settings.limits);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void group.save({ limits });
      }}
    >
      <p class="hint">Failed log-ins, registrations and dead tokens that an address may have in a minute.</p>
      <div class="form-grid">
        <Input
          label="From the internet"
          type="number"
          min={1}
          value={limits.internet}
          onChange={(text) => set({ ...limits, internet: Number(text) })}
          disabled={group.isFixed('limits.internet')}
        />
        <Input
          label="From private networks"
          hint="A whole LAN may sit behind one address"
          type="number"
          min={1}
          value={limits.private}
          onChange={(text) => set({ ...limits, private: Number(text) })}
          disabled={group.isFixed('limits.private')}
        />
      </div>
      <SaveButton group={group} />
    </form>
  );
}

const retained = [
  ['eventDays', 'Keep events for so many days', '0 = for ever'],
  ['eventRows', 'Keep so many events', '0 = all'],
  ['backupEveryHours', 'A backup every so many hours', '0 = none'],
  ['backupKeep', 'Keep so many backups', ''],
] as const;

function Retention({ group }: { group: Group }) {
  const [retention, set] = useState(group.settings.retention);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void group.save({ retention });
      }}
    >
      <div class="form-grid">
        {retained.map(([name, label, hint]) => (
          <Input
            key={name}
            label={label}
            hint={hint}
            type="number"
            min={0}
            step="any"
            value={retention[name]}
            onChange={(text) => set({ ...retention, [name]: Number(text) })}
            disabled={group.isFixed(`retention.${name}`)}
          />
        ))}
      </div>
      <SaveButton group={group} />
    </form>
  );
}
