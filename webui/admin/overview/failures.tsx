import { href } from '../route';
import { reasons } from '../words';

/** The refused attempts of the last ten minutes; each reason leads to the events behind it. */
export function Failures({ failures, instance }: { failures: Record<string, number>; instance: string }) {
  const known = Object.entries(failures).sort(([, a], [, b]) => b - a);
  return (
    <div class="figure failures">
      <small class="hint">Refused in 10 min</small>
      {known.length === 0 ? (
        <b>0</b>
      ) : (
        <ul class="plain">
          {known.slice(0, 3).map(([reason, count]) => (
            <li key={reason}>
              <a href={href('events', '', { instance, reason })} title={reasons[reason]}>
                {count} {reason}
              </a>
            </li>
          ))}
          {known.length > 3 && <li class="hint">and {known.length - 3} more reasons</li>}
        </ul>
      )}
    </div>
  );
}
