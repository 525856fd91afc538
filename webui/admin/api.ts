import type { components } from '../sdk/wire';

type Wire = components['schemas'];

/** Null where no answer came. */
export async function isSetupNeeded(): Promise<boolean | null> {
  try {
    const response = await fetch('/admin/api/setup');
    return response.ok ? ((await response.json()) as Wire['SetupState']).needed : null;
  } catch {
    return null;
  }
}

/** Null where it is done, else the code of what stood in the way, empty where no answer came. */
export async function setUp(request: Wire['SetupRequest']): Promise<string | null> {
  try {
    const body = JSON.stringify(request);
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch('/admin/api/setup', { method: 'POST', headers, body });
    return response.ok ? null : ((await response.json()) as Wire['Problem']).code;
  } catch {
    return '';
  }
}
