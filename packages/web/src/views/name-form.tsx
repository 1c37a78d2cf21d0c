import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

/** Longest name, in characters (N2). */
const MAX_NAME_CHARS = 32;

/** Asks for a name, and says what is wrong with one. */
export function NameForm({
  name = "",
  label,
  error,
  onName,
  children,
}: {
  name?: string;
  label: string;
  /** Why the name given before was refused. */
  error?: string | undefined;
  onName: (name: string) => void;
  /** The button. */
  children: ComponentChildren;
}) {
  const id = useId();
  const [typed, setTyped] = useState(name);
  const [problem, setProblem] = useState<string>();
  const shown = problem ?? error;
  return (
    <form
      class="name-form"
      onSubmit={(event) => {
        event.preventDefault();
        const wrong = problemOf(typed);
        setProblem(wrong);
        if (wrong === undefined) onName(typed.trim());
      }}
    >
      <label for={id}>{label}</label>
      <input
        id={id}
        class="field"
        name="name"
        autocomplete="nickname"
        maxLength={MAX_NAME_CHARS}
        spellcheck={false}
        value={typed}
        aria-invalid={shown !== undefined}
        aria-describedby={shown === undefined ? undefined : `${id}-problem`}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setProblem(undefined);
        }}
      />
      {shown !== undefined && (
        <p id={`${id}-problem`} class="problem" role="alert">
          {shown}
        </p>
      )}
      {children}
    </form>
  );
}

/** What is certain to be refused; the rest the server judges. */
function problemOf(typed: string): string | undefined {
  const name = typed.trim();
  if (name === "") return "Type a name first: any will do, and you can change it later.";
  if (/^[\p{N}\s]+$/u.test(name)) return "A name of digits only is for guests. Add a letter.";
  return undefined;
}
