const paths = {
  gate: 'M5 21V11a7 7 0 0 1 14 0v10M9.7 21v-9.5m4.6 9.5v-9.5',
  queue: 'M7 4h10M7 20h10M8 4c0 5 8 5 8 8s-8 3-8 8m8-16c0 5-8 5-8 8s8 3 8 8',
  seat: 'm5 12.5 4.5 4.5L19 7.5',
  link: 'M9 15l6-6m-4-3 1.5-1.5a4 4 0 0 1 6 6L17 12m-4 6-1.5 1.5a4 4 0 0 1-6-6L7 12',
  swap: 'M4 9h14l-4-4m6 10H6l4 4',
  stop: 'M12 7v6m0 4v.01M12 3l9.5 17h-19z',
  globe: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 0c-5 5-5 13 0 18 5-5 5-13 0-18zM3.5 9h17m-17 6h17',
  clock: 'M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0z',
};

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
