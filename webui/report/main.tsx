import { render } from 'preact';
import '../ui/base.css';
import '../admin/kit/kit.css';
import './report.css';
import { Report } from './report';

/** What the page is made of stands in itself; see package report. */
const source = document.getElementById('document');
const root = document.getElementById('report');
if (source && root) {
  root.replaceChildren();
  render(<Report title={document.title} doc={JSON.parse(source.textContent ?? '')} />, root);
}
