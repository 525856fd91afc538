import { useEffect, useRef, useState } from 'preact/hooks';
import type { ConnectionState } from '../../sdk/state';
import { keep, kept } from '../../ui/kept';
import { useTexts } from '../../ui/texts';

const key = 'gatekeeper sound';

/** Whoever waits does something else meanwhile. On demand a chime tells that it is their turn. */
export function TurnSound({ state }: { state: ConnectionState }) {
  const t = useTexts();
  const [isOn, setOn] = useState(() => kept(key) !== null);
  const former = useRef(state.kind);
  useEffect(() => {
    if (isOn && former.current === 'queued' && state.kind === 'admitted') chime();
    former.current = state.kind;
  }, [state.kind, isOn]);

  function change(next: boolean): void {
    keep(key, next ? 'on' : null);
    setOn(next);
    // Heard once at once: so it will sound, and so the browser learns that it may.
    if (next) chime();
  }

  if (state.kind !== 'queued') return null;
  return (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={(event) => change(event.currentTarget.checked)} />
      {t.page.sound}
    </label>
  );
}

/** Two rising notes, made here: a sound file would be one more thing to load. */
function chime(): void {
  const audio = new AudioContext();
  const notes = [660, 880];
  const noteSeconds = 0.18;
  notes.forEach((pitch, index) => {
    const start = audio.currentTime + index * noteSeconds;
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setTargetAtTime(0.2, start, 0.01);
    volume.gain.setTargetAtTime(0, start + noteSeconds / 2, 0.05);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 3 * noteSeconds);
    if (index === notes.length - 1) tone.onended = () => void audio.close();
  });
}
