import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

type Props = {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  type?: "text" | "number" | "datetime-local" | "search";
  required?: boolean;
  suggestions?: readonly string[];
};

export function TextField({ label, value, onValue, hint, type = "text", ...rest }: Props) {
  const id = useId();
  const { required = false, suggestions } = rest;
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type={type}
        value={value}
        required={required}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        dir="auto"
        {...(hint !== undefined && { "aria-describedby": id })}
        {...(suggestions !== undefined && { list: `${id}list` })}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
      {hint !== undefined && (
        <small id={id} class="muted">
          {hint}
        </small>
      )}
      {suggestions !== undefined && (
        <datalist id={`${id}list`}>
          {suggestions.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </label>
  );
}

type ChoiceProps<Value extends string> = {
  label: string;
  value: Value;
  onValue: (value: Value) => void;
  options: Readonly<Record<Value, string>>;
};

export function Choice<Value extends string>(props: ChoiceProps<Value>) {
  const { label, value, onValue, options } = props;
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onValue(currentTarget.value as Value)}>
        {Object.entries<string>(options).map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A part of a page, with its heading. */
export function Section({
  title,
  children,
  aside,
}: {
  title: string;
  children: ComponentChildren;
  aside?: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
