import { useState } from "preact/hooks";
import { PLATFORMS } from "../../src/tencent/platforms.ts";
import type { Explanation } from "../answers.ts";
import type { Failure } from "../ask.ts";
import { useConsole } from "../context.ts";
import { Choice, Section, TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { RuleLink } from "../parts/rule-key.tsx";

type Asked = {
  other: string;
  role: "asks" | "isAsked";
  action: "" | "Request" | "Agree" | "AgreeAndAdd" | "Reject";
  platform: string;
  clientIp: string;
};

/** What the Worker would answer now. It comes from the code that answers. */
export function Explain({ userId }: { userId: string }) {
  const { texts, ask } = useConsole();
  const words = texts.explain;
  const [asked, setAsked] = useState<Asked>({
    other: "",
    role: "asks",
    action: "",
    platform: "",
    clientIp: "",
  });
  const [told, setTold] = useState<Explanation>();
  const [failure, setFailure] = useState<Failure>();
  const [isAsking, setIsAsking] = useState(false);
  const set = (changed: Partial<Asked>) => setAsked((last) => ({ ...last, ...changed }));

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setIsAsking(true);
    const answer = await ask<Explanation>("/v1/explanations", {
      method: "POST",
      body: bodyOf(userId, asked),
    });
    setIsAsking(false);
    setTold(answer.ok ? answer.value : undefined);
    setFailure(answer.ok ? undefined : answer.failure);
  };

  return (
    <Section title={words.title}>
      <form class="filters" onSubmit={submit}>
        <Choice
          label={words.role}
          value={asked.role}
          options={{ asks: words.asks, isAsked: words.isAsked }}
          onValue={(role) => set({ role })}
        />
        <TextField
          label={words.other}
          required
          value={asked.other}
          onValue={(other) => set({ other })}
        />
        <Choice
          label={words.action}
          value={asked.action}
          options={{ "": words.both, ...texts.actions }}
          onValue={(action) => set({ action })}
        />
        <TextField
          label={words.platform}
          suggestions={PLATFORMS}
          value={asked.platform}
          onValue={(platform) => set({ platform })}
        />
        <TextField
          label={words.address}
          value={asked.clientIp}
          onValue={(clientIp) => set({ clientIp })}
        />
        <button type="submit" disabled={isAsking}>
          {words.submit}
        </button>
      </form>
      {failure !== undefined && <FailureNotice texts={texts} failure={failure} />}
      <div aria-live="polite">{told !== undefined && <Told told={told} />}</div>
    </Section>
  );
}

function Told({ told: { answers, keys, blocklistMode } }: { told: Explanation }) {
  const { texts } = useConsole();
  const words = texts.explain;
  const looked = keys.filter(({ isRead, rule }) => isRead || rule !== null);
  return (
    <>
      {blocklistMode === "observe" && <p class="notice">{words.observing}</p>}
      <ul class="rules">
        {answers.map(({ action, outcome, decidedBy, observed, result }) => (
          <li key={action} class="row">
            <span class={`badge ${outcome === "block" ? "refused" : "passed"}`}>
              {outcome === "block" ? words.isRefused : words.passes}
            </span>
            <span>{texts.actions[action as keyof typeof texts.actions]}</span>
            <span class="why">
              {decidedBy === null ? (
                <span class="muted">{words.noRule}</span>
              ) : (
                <span>
                  {words.decidedBy} <RuleLink ruleKey={decidedBy} />
                </span>
              )}
              {observed !== null && (
                <span>
                  {words.observed} <RuleLink ruleKey={observed} />
                </span>
              )}
            </span>
            <code class="result" dir="auto">
              {JSON.stringify(result)}
            </code>
          </li>
        ))}
      </ul>
      <details>
        <summary>{words.keys}</summary>
        <ul class="rules">
          {looked.map(({ key, isRead, description }) => (
            <li key={key} class="row">
              <code>{key}</code>
              <span lang="en">{description}</span>
              {!isRead && <span class="muted">{words.isNotRead}</span>}
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

function bodyOf(userId: string, { other, role, action, platform, clientIp }: Asked): object {
  const [applicantId, responderId] = role === "asks" ? [userId, other] : [other, userId];
  return {
    responderId,
    applicantId,
    ...(action !== "" && { action }),
    ...(platform.trim() !== "" && { platform: platform.trim() }),
    ...(clientIp.trim() !== "" && { clientIp: clientIp.trim() }),
  };
}
