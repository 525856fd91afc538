import type { Wire } from '../api';

/** How the seats are taken, as one bar; the words beside it say the same. */
export function SeatBar({ seats, capacity }: { seats: Wire['SeatCounts']; capacity: number }) {
  const whole = Math.max(1, capacity, seats.reserved + seats.active + seats.grace);
  const part = (count: number) => ({ width: `${(100 * count) / whole}%` });
  return (
    <div
      class="seat-bar"
      role="img"
      aria-label={`${seats.active} active, ${seats.grace} in grace, ${seats.reserved} reserved, of ${capacity} seats`}
    >
      <span class="active" style={part(seats.active)} />
      <span class="grace" style={part(seats.grace)} />
      <span class="reserved" style={part(seats.reserved)} />
    </div>
  );
}
