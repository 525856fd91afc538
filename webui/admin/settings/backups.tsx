import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Said, useDeed } from '../kit/bits';
import { bytes, date } from '../words';

export function Backups() {
  const [backups, setBackups] = useState<Wire['Backup'][]>([]);
  const { isBusy, said, run } = useDeed();
  const read = useCallback(async () => {
    const answer = await call<Wire['BackupList']>('GET', '/backups');
    if (answer.ok) setBackups(answer.body.backups);
  }, []);
  useEffect(() => void read(), [read]);
  async function make(): Promise<void> {
    await run(() => call('POST', '/backups'), 'The backup is made.');
    await read();
  }
  return (
    <Card
      title="Backups"
      actions={
        <button type="button" class="small" disabled={isBusy} onClick={make}>
          {isBusy ? 'Making it…' : 'Make one now'}
        </button>
      }
    >
      <p class="hint">
        They hold password hashes, the tickets' key and the secrets of webhooks: keep them as safe as the server.
      </p>
      {backups.length === 0 && <p class="hint">There is none yet.</p>}
      <ul class="plain rows-plain">
        {backups.map(({ name, takenAt, bytes: size }) => (
          <li key={name}>
            <a href={`/admin/api/backups/${name}`} download={name}>
              {name}
            </a>
            <span class="hint">
              {date(takenAt)} · {bytes(size)}
            </span>
          </li>
        ))}
      </ul>
      <Said said={said} />
    </Card>
  );
}
