import { render } from 'preact';
import { loadTexts } from '../texts';
import { applyBranding, branding } from '../ui/branding';
import { preferredLanguage } from '../ui/texts';
import '../ui/base.css';
import './player.css';
import { App } from './app';

applyBranding(branding);
const root = document.getElementById('app');
if (root) render(<App texts={await loadTexts(preferredLanguage())} />, root);
