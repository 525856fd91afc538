import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  title: string;
  /** What will happen to whom. */
  children: ComponentChildren;
  confirm: string;
  isDangerous?: boolean;
  isBusy?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** A question before a deed; Escape says no, and the way out has the focus. */
export function Confirm({ title, children, confirm, isDangerous, isBusy, onConfirm, onCancel }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const asker = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (asker instanceof HTMLElement) asker.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="card confirm" aria-label={title} onCancel={onCancel}>
      <h2>{title}</h2>
      <div class="confirm-body">{children}</div>
      <footer class="buttons">
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="button" class={isDangerous ? 'danger' : 'primary'} disabled={isBusy} onClick={onConfirm}>
          {confirm}
        </button>
      </footer>
    </dialog>
  );
}
