import { useEffect, useRef } from 'preact/hooks';
import { Brand } from '../ui/brand';
import { AccessPage } from './access/access-page';
import { call } from './api';
import { BuildsPage } from './builds/builds-page';
import { EventsPage } from './events/events-page';
import { InstancePage } from './instance/instance-page';
import { LabBanner, LabPage } from './lab/lab-page';
import { LiveContext, useLiveStream } from './live';
import { useMay, useMe } from './me';
import { OverviewPage } from './overview/overview-page';
import { PlanningPage } from './planning/planning-page';
import { PlayerPage } from './players/player-page';
import { PlayersPage } from './players/players-page';
import { href, type Route, useRoute } from './route';
import { SettingsPage } from './settings/settings-page';
import { WebhooksPage } from './webhooks/webhooks-page';

const pages = [
  ['overview', 'Overview'],
  ['planning', 'Planning'],
  ['players', 'Players'],
  ['events', 'Events'],
  ['builds', 'Builds'],
  ['settings', 'Settings'],
  ['access', 'Access'],
] as const;
const webhooks = ['webhooks', 'Webhooks'] as const;
const lab = ['lab', 'Test lab'] as const;

export function Shell({ onMeChanged, onLeft }: { onMeChanged: () => void; onLeft: () => void }) {
  const route = useRoute();
  const live = useLiveStream();
  const me = useMe();
  const main = useRef<HTMLElement>(null);
  const mayOwn = useMay('owner');
  const all = [...pages, ...(mayOwn ? [webhooks] : []), ...(me.isLab ? [lab] : [])];
  const name = all.find(([page]) => page === route.page)?.[1] ?? 'Administration';
  const title = route.page === 'planning' ? name : route.id || name;
  useEffect(() => {
    document.title = `${title} · Administration`;
    main.current?.focus();
  }, [title]);

  const current = route.page === 'instances' ? 'overview' : route.page;
  async function leave(): Promise<void> {
    await call('POST', '/logout');
    onLeft();
  }
  return (
    <LiveContext.Provider value={live}>
      <header class="top admin-top">
        <Brand />
        <nav aria-label="Pages">
          {all.map(([page, text]) => (
            <a key={page} href={href(page)} aria-current={page === current ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <div class="who">
          <span title={`Role: ${me.role}`}>
            {me.name} <small class="hint">{me.role}</small>
          </span>
          <button type="button" class="quiet small" onClick={leave}>
            Log out
          </button>
        </div>
      </header>
      <LabBanner />
      <Trouble />
      <main class="admin" ref={main} tabIndex={-1}>
        <Page route={route} onMeChanged={onMeChanged} />
      </main>
    </LiveContext.Provider>
  );
}

function Trouble() {
  return (
    <LiveContext.Consumer>
      {({ overview, isConnected }) => {
        const text = !isConnected
          ? overview &&
            'The connection to the server is lost. What you see is from before; this page tries again by itself.'
          : overview?.storage.status !== 'ok' &&
            `Nothing can be saved: ${overview?.storage.reason}. Newcomers are refused until it can; those inside stay.`;
        return (
          <p class="banner bad" role="alert" hidden={!text}>
            {text}
          </p>
        );
      }}
    </LiveContext.Consumer>
  );
}

function Page({ route, onMeChanged }: { route: Route; onMeChanged: () => void }) {
  const mayOwn = useMay('owner');
  switch (route.page) {
    case 'overview':
      return <OverviewPage />;
    case 'instances':
      return <InstancePage key={route.id} id={route.id} />;
    case 'planning':
      return <PlanningPage id={route.id} />;
    case 'players':
      return route.id ? <PlayerPage key={route.id} id={route.id} /> : <PlayersPage />;
    case 'events':
      return <EventsPage key={route.search.toString()} search={route.search} />;
    case 'builds':
      return <BuildsPage />;
    case 'settings':
      return <SettingsPage />;
    case 'access':
      return <AccessPage mayOwn={mayOwn} onMeChanged={onMeChanged} />;
    case 'webhooks':
      return mayOwn ? <WebhooksPage /> : <p class="lead">This page is for owners.</p>;
    case 'lab':
      return <LabPage />;
    default:
      return <p class="lead">There is no such page.</p>;
  }
}
