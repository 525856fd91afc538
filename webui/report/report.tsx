import { Card } from '../admin/kit/bits';
import type { LoadReport, Simulation } from './documents';
import { LoadView } from './load';
import { SimulationReport } from './simulation';

/** Picks the view by the document's kind. One that is of a newer program is at least shown as it is. */
export function Report({ title, doc }: { title: string; doc: { kind?: string } }) {
  return (
    <>
      <h1>{title}</h1>
      <View doc={doc} />
    </>
  );
}

function View({ doc }: { doc: { kind?: string } }) {
  switch (doc?.kind) {
    case 'load':
      return <LoadView report={doc as LoadReport} />;
    case 'simulation':
      return <SimulationReport simulation={doc as Simulation} />;
    default:
      return <Unknown doc={doc} />;
  }
}

function Unknown({ doc }: { doc: { kind?: string } }) {
  return (
    <Card title="The document">
      <p>
        This page has no view for a document of the kind <code>{String(doc?.kind ?? 'none')}</code>. This is what it
        says:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre class="raw" tabIndex={0}>
        {JSON.stringify(doc, null, 2)}
      </pre>
    </Card>
  );
}
