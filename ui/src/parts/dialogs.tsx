// Dialogs: a question before an action, the password once more, and forms. A dialog takes the focus to its first
// field, keeps it, and gives it back.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import { at, call, type Problem, problemOf, whenPasswordIsNeeded } from "../api/client";
import { Icon, ProblemNote } from "./basics";

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = ref.current;
    dialog?.showModal();
    return () => {
      // While it is open, nothing outside takes the focus.
      dialog?.close();
      before?.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class="card modal"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="stack">
        <div class="row apart">
          <h2 id={id}>{title}</h2>
          <button type="button" class="btn icon bare" aria-label="Close" onClick={onClose}>
            <Icon name="cross" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

export interface Question {
  title: string;
  says: ComponentChildren;
  does: string;
  danger?: boolean;
  type?: string; // what has to be typed before the button works
  act: () => Promise<unknown>;
}

const asked = signal<Question | null>(null);
export const ask = (question: Question): void => void (asked.value = question);

function Asked({ question }: { question: Question }) {
  const [typed, type] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const id = useId();
  const close = () => (asked.value = null);
  const act = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await question.act();
      close();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <Dialog title={question.title} onClose={close}>
      <form class="stack" onSubmit={act}>
        <div>{question.says}</div>
        {question.type && (
          <div class="field">
            <label for={id}>
              Type <b>{question.type}</b> to confirm
            </label>
            <input id={id} value={typed} autoComplete="off" onInput={(event) => type(event.currentTarget.value.trim())} />
          </div>
        )}
        {problem && <ProblemNote problem={problem} />}
        <div class="row">
          <button
            class={"btn " + (question.danger ? "danger" : "main")}
            disabled={busy || (question.type !== undefined && typed !== question.type)}
          >
            {question.does}
          </button>
          <button type="button" class="btn" onClick={close}>
            Keep it as it is
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const password = signal<((given: boolean) => void) | null>(null);

// Two requests that need it at once wait for one answer.
whenPasswordIsNeeded(
  () =>
    new Promise((resolve) => {
      const before = password.value;
      password.value = (given) => {
        before?.(given);
        resolve(given);
      };
    }),
);

function AskedPassword({ done }: { done: (given: boolean) => void }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [text, set] = useState("");
  const id = useId();
  const close = (given: boolean) => {
    password.value = null;
    done(given);
  };
  const confirm = async (event: Event) => {
    event.preventDefault();
    try {
      await call("POST", at("/api/v1/session/confirm"), { password: text });
      close(true);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <Dialog title="Your password, once more" onClose={() => close(false)}>
      <form class="stack" onSubmit={confirm}>
        <p>What you are about to do asks for it. What you have filled in is kept.</p>
        <div class="field">
          <label for={id}>Password</label>
          <input
            id={id}
            type="password"
            autoComplete="current-password"
            required
            value={text}
            onInput={(event) => set(event.currentTarget.value)}
          />
        </div>
        {problem && <ProblemNote problem={problem} />}
        <button class="btn main">Go on</button>
      </form>
    </Dialog>
  );
}

// What was just done, for people and screen readers; it goes by itself.
const said = signal<string>("");
let timer = 0;
export function say(text: string): void {
  said.value = text;
  clearTimeout(timer);
  timer = window.setTimeout(() => (said.value = ""), 6000);
}

export function Overlays() {
  return (
    <>
      {asked.value && <Asked question={asked.value} />}
      {password.value && <AskedPassword done={password.value} />}
      <p class={said.value ? "toast" : "sr"} role="status">
        {said.value}
      </p>
    </>
  );
}
