import type { Health, Shards, Stats } from "../answers.ts";
import { useConsole } from "../context.ts";
import { Section } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { useRead } from "../use-read.ts";
import { Cards } from "./cards.tsx";
import { DeadLetters } from "./letters.tsx";

const AGAIN_MS = 30_000;

export function HealthPage() {
  const { texts } = useConsole();
  const words = texts.health;
  const health = useRead<Health>("/health", AGAIN_MS);
  const stats = useRead<Stats>("/v1/stats", AGAIN_MS);
  const shards = useRead<Shards>("/v1/shards");
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>{words.title}</h1>
        {health.value !== undefined && (
          <span class={`badge ${health.value.status === "ok" ? "passed" : "refused"}`}>
            {words.states[health.value.status] ?? health.value.status}
          </span>
        )}
        <button
          type="button"
          class="plain"
          disabled={health.isLoading}
          onClick={() => {
            health.reload();
            stats.reload();
            shards.reload();
          }}
        >
          {words.refresh}
        </button>
      </div>
      {health.failure !== undefined && (
        <FailureNotice texts={texts} failure={health.failure} onRetry={health.reload} />
      )}
      {health.value === undefined && health.isLoading && <p class="loading">{texts.loading}</p>}
      {health.value !== undefined && <Cards health={health.value} />}
      <div class="columns">
        <Decided read={stats} />
        <Databases read={shards} />
      </div>
      <DeadLetters />
    </>
  );
}

function Decided({
  read: { value, failure, reload },
}: {
  read: ReturnType<typeof useRead<Stats>>;
}) {
  const { texts } = useConsole();
  const words = texts.health;
  const rows = value && [
    [words.requests, words.lastHour, value.requests.lastHour] as const,
    [words.requests, words.lastDay, value.requests.lastDay] as const,
    [words.responses, words.lastHour, value.lastHour] as const,
    [words.responses, words.lastDay, value.lastDay] as const,
  ];
  return (
    <Section title={words.figures}>
      {failure !== undefined && <FailureNotice texts={texts} failure={failure} onRetry={reload} />}
      {rows !== undefined && (
        <table class="counts">
          <thead>
            <tr>
              <td />
              <th scope="col">{texts.chart.answered}</th>
              <th scope="col">{texts.chart.refused}</th>
              <th scope="col">{texts.chart.observed}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([what, when, { answered, refused, observed }]) => (
              <tr key={`${what} ${when}`}>
                <th scope="row">
                  {what}, {when}
                </th>
                <td>{texts.number(answered)}</td>
                <td>{texts.number(refused)}</td>
                <td>{texts.number(observed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Databases({
  read: { value, failure, reload },
}: {
  read: ReturnType<typeof useRead<Shards>>;
}) {
  const { texts } = useConsole();
  const words = texts.health;
  return (
    <Section title={words.databases}>
      {failure !== undefined && <FailureNotice texts={texts} failure={failure} onRetry={reload} />}
      <dl class="figures">
        {value?.databases.map(({ name, slots, bytes }) => (
          <div key={name}>
            <dt>
              {name}, {words.slots(slots)}
            </dt>
            <dd>{bytes === null ? words.away : `${texts.number(Math.ceil(bytes / 1024))} KiB`}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
