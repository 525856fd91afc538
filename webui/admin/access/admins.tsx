import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Choice, Input, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';
import { useMe } from '../me';
import { date } from '../words';

type Admin = Wire['Admin'];

const roles = [
  ['viewer', 'viewer: looks'],
  ['operator', 'operator: changes what players meet'],
  ['owner', 'owner: changes everything'],
] as const;

export function Admins() {
  const me = useMe();
  const [admins, setAdmins] = useState<Admin[]>([]);
  const [leaving, setLeaving] = useState<Admin | null>(null);
  const { isBusy, said, run } = useDeed();
  const read = useCallback(async () => {
    const answer = await call<Wire['AdminList']>('GET', '/admins');
    if (answer.ok) setAdmins(answer.body.admins);
  }, []);
  useEffect(() => void read(), [read]);
  const path = (admin: Admin) => `/admins/${encodeURIComponent(admin.name)}`;
  async function change(admin: Admin, body: Wire['AdminChange'], done: string): Promise<void> {
    await run(() => call('PATCH', path(admin), { body }), done);
    await read();
  }
  async function remove(admin: Admin): Promise<void> {
    await run(() => call('DELETE', path(admin)), `${admin.name} is no administrator any more.`);
    setLeaving(null);
    await read();
  }
  return (
    <Card title="Administrators">
      <ul class="plain rows-plain">
        {admins.map((admin) => (
          <li key={admin.name}>
            <b>{admin.name}</b>
            {admin.hasTotp && <span class="pill good">second factor</span>}
            <span class="hint">since {date(admin.createdAt)}</span>
            <Choice
              label={`Role of ${admin.name}`}
              value={admin.role}
              options={roles}
              disabled={isBusy}
              onChange={(role) => change(admin, { role }, `${admin.name} is ${role} now.`)}
            />
            {admin.hasTotp && admin.name !== me.name && (
              <button
                type="button"
                class="small"
                disabled={isBusy}
                onClick={() => change(admin, { hasTotp: false }, 'The second factor is gone.')}
              >
                Drop the second factor
              </button>
            )}
            <button type="button" class="small" disabled={isBusy} onClick={() => setLeaving(admin)}>
              Remove {admin.name}
            </button>
          </li>
        ))}
      </ul>
      <Said said={said} />
      <NewAdmin onDone={read} />
      {leaving && (
        <Confirm
          title={`Remove ${leaving.name}?`}
          confirm="Remove"
          isDangerous
          isBusy={isBusy}
          onConfirm={() => remove(leaving)}
          onCancel={() => setLeaving(null)}
        >
          <p>
            Every log-in of {leaving.name} ends at once. What {leaving.name} did stays in the events.
          </p>
        </Confirm>
      )}
    </Card>
  );
}

function NewAdmin({ onDone }: { onDone: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Wire['AdminRole']>('operator');
  const { isBusy, said, run } = useDeed();
  async function add(event: Event): Promise<void> {
    event.preventDefault();
    const answer = await run(
      () => call('POST', '/admins', { body: { name, password, role } }),
      `${name} may log in now.`,
    );
    if (!answer.ok) return;
    setName('');
    setPassword('');
    onDone();
  }
  return (
    <form onSubmit={add}>
      <h3>Add an administrator</h3>
      <div class="form-grid">
        <Input label="Name" value={name} onChange={setName} maxLength={32} required autoComplete="off" />
        <Input
          label="Password"
          hint="At least 12 characters"
          type="password"
          value={password}
          onChange={setPassword}
          required
          autoComplete="new-password"
        />
        <Choice label="Role" value={role} options={roles} onChange={setRole} />
      </div>
      <Said said={said} />
      <button type="submit" class="primary" disabled={isBusy}>
        Add
      </button>
    </form>
  );
}
