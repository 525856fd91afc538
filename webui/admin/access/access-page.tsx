import { useMe } from '../me';
import { Admins } from './admins';
import { Keys } from './keys';
import { OwnPassword } from './own-password';
import { SecondFactor } from './second-factor';

/** Who may do what: one's own account, and for owners everybody's and the keys. */
export function AccessPage({ mayOwn, onMeChanged }: { mayOwn: boolean; onMeChanged: () => void }) {
  const me = useMe();
  return (
    <>
      <h1>Access</h1>
      <p class="lead">
        You are {me.name}, {me.role}.
      </p>
      <div class="two">
        <OwnPassword />
        <SecondFactor onMeChanged={onMeChanged} />
      </div>
      {mayOwn && <Admins />}
      {mayOwn && <Keys />}
    </>
  );
}
