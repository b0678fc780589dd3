// Fields of forms: label above, hint between label and control, message last; and a form that shows the service's
// problems beside the field they are about.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";

import { problemOf, type Problem } from "../api/client";
import { ProblemNote } from "./basics";
import { sentence } from "./format";

interface Common {
  label: string;
  hint?: ComponentChildren;
  optional?: boolean;
  wrong?: string | undefined;
}

export function Field({ label, hint, optional, wrong, children }: Common & { children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ComponentChildren }) {
  const id = useId();
  const described = [hint && id + "-h", wrong && id + "-w"].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>
        {label} {optional && <span class="opt">optional</span>}
      </label>
      {hint && (
        <p class="small muted" id={id + "-h"}>
          {hint}
        </p>
      )}
      {children({ id, ...(described && { "aria-describedby": described }), ...(wrong && { "aria-invalid": true }) })}
      {wrong && (
        <p class="small t-red" id={id + "-w"}>
          {wrong}
        </p>
      )}
    </div>
  );
}

export function TextField({
  value,
  onValue,
  type = "text",
  required,
  placeholder,
  autoComplete = "off",
  ...common
}: Common & {
  value: string;
  onValue: (value: string) => void;
  type?: string;
  required?: boolean;
  placeholder?: string;
  autoComplete?: string;
}) {
  return (
    <Field {...common}>
      {(ids) => (
        <input
          {...ids}
          type={type}
          value={value}
          required={required ?? false}
          autoComplete={autoComplete}
          spellcheck={false}
          {...(placeholder && { placeholder })}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface Option {
  value: string;
  text: string;
  note?: string | undefined;
}

export function SelectField({
  value,
  onValue,
  options,
  none,
  ...common
}: Common & { value: string; onValue: (value: string) => void; options: Option[]; none?: string }) {
  return (
    <Field {...common}>
      {(ids) => (
        <select {...ids} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {none !== undefined && <option value="">{none}</option>}
          {options.map((option) => (
            <option value={option.value} key={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

// A text field that offers what is known, searched as one types; anything else may be typed too when `free`.
export function Picker({
  value,
  onValue,
  options,
  label,
  placeholder,
  free = false,
  describedBy,
}: {
  value: string;
  onValue: (value: string) => void;
  options: Option[];
  label: string;
  placeholder?: string;
  free?: boolean;
  describedBy?: string;
}) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const shownName = options.find((option) => option.value === value)?.text ?? value;
  const found = useMemo(() => {
    const wanted = (text ?? "").trim().toLowerCase();
    return options.filter((option) => !wanted || `${option.text} ${option.value} ${option.note ?? ""}`.toLowerCase().includes(wanted)).slice(0, 200);
  }, [options, text]);
  const choose = (chosen: string) => {
    onValue(chosen);
    setText(null);
    setOpen(false);
  };
  const leave = () => {
    if (free && text !== null && text.trim()) onValue(text.trim());
    if (text === "") onValue("");
    setText(null);
    setOpen(false);
  };
  useEffect(() => {
    if (open) list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at, open]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) setOpen(true);
      else setAt((old) => Math.max(0, Math.min(found.length - 1, old + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      const chosen = found[at];
      if (chosen && (text === null || !free || found.length > 0)) choose(chosen.value);
      else leave();
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      setText(null);
      setOpen(false);
    }
  };
  return (
    <div class="picker">
      <input
        role="combobox"
        aria-label={label}
        aria-expanded={open}
        aria-controls={id}
        aria-autocomplete="list"
        {...(open && found[at] && { "aria-activedescendant": `${id}-${at}` })}
        {...(describedBy && { "aria-describedby": describedBy })}
        value={text ?? shownName}
        placeholder={placeholder ?? "Choose"}
        autoComplete="off"
        spellcheck={false}
        onFocus={(event) => event.currentTarget.select()}
        onClick={() => setOpen(true)}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
        onBlur={leave}
      />
      <ul id={id} role="listbox" ref={list} aria-label={label} hidden={!open} class="options">
        {found.map((option, i) => (
          <li
            key={option.value}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            onMouseDown={(event) => {
              event.preventDefault();
              choose(option.value);
            }}
          >
            <span>{option.text}</span>
            {option.note && <small class="muted">{option.note}</small>}
          </li>
        ))}
        {found.length === 0 && (
          <li class="muted" role="option" aria-selected={false} aria-disabled>
            {free && text ? `Use “${text.trim()}”` : "Nothing of that name"}
          </li>
        )}
      </ul>
    </div>
  );
}

// A form whose button says what it does; what the service refuses is shown, and the form stays as it is.
export function Form({
  does,
  act,
  children,
  aside,
  disabled,
}: {
  does: string;
  act: () => Promise<unknown>;
  children: ComponentChildren;
  aside?: ComponentChildren;
  disabled?: boolean;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await act();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <form class="stack" onSubmit={submit}>
      {children}
      {problem && <ProblemNote problem={problem} />}
      <div class="row">
        <button class="btn main" disabled={busy || (disabled ?? false)}>
          {does}
        </button>
        {aside}
      </div>
    </form>
  );
}

// The message for one field of a refused request: pointers are like /settings/event/0.
export function wrongAt(problem: Problem | null, pointer: string): string | undefined {
  const found = problem?.errors?.find((each) => each.pointer === pointer || each.pointer.startsWith(pointer + "/"));
  return found && `${sentence(found.message)} ${sentence(found.fix)}`;
}
