import type { ComponentChildren } from "preact";
import type { Health } from "../answers.ts";
import { useConsole } from "../context.ts";
import { Time } from "../parts/time.tsx";

/** What an operator watches, one card for each thing. A problem stands out, and words say it, too. */
export function Cards({ health }: { health: Health }) {
  const { texts } = useConsole();
  const words = texts.health;
  const { queue, deadLetters, backend, callbacks, reconciliation, version } = health;
  const setting = (name: string) => words.settings[name] ?? name;
  return (
    <div class="cards">
      <Card title={words.queue} isBad={queue === null}>
        <Waiting backlog={queue} />
      </Card>
      <Card title={words.deadLetters} isBad={deadLetters === null || deadLetters.depth > 0}>
        <Waiting backlog={deadLetters} />
      </Card>
      <Card title={words.backend} isBad={backend?.reachable === false}>
        {backend === undefined ? (
          <p class="muted">{words.noBackend}</p>
        ) : (
          <>
            <p>
              {backend.reachable
                ? words.backendAnswers(backend.status ?? 0)
                : `${words.backendAway} (${backend.reason ?? ""})`}
            </p>
            <Waiting backlog={backend.queue} />
          </>
        )}
      </Card>
      <Card
        title={words.callbacks}
        isBad={callbacks === null || callbacks.silent || callbacks.signsWrong || !!health.unsigned}
      >
        {callbacks === null ? (
          <p>{words.unknown}</p>
        ) : callbacks.lastAt === null ? (
          <p>{words.noneYet}</p>
        ) : (
          <p>
            {words.lastAt}: <Time at={callbacks.lastAt} />
          </p>
        )}
        {callbacks?.silent && <p>{words.silent}</p>}
        {callbacks?.signsWrong && <p>{words.signsWrong}</p>}
        {health.unsigned && <p>{words.unsigned}</p>}
      </Card>
      <Card title={words.drift}>
        {reconciliation === null ? (
          <p class="muted">{words.neverCompared}</p>
        ) : (
          <>
            <p>{words.perThousand(reconciliation.driftPerThousand)}</p>
            <p class="muted">{words.compared(reconciliation.users, reconciliation.ageSeconds)}</p>
          </>
        )}
      </Card>
      <Card
        title={words.blocklist}
        isBad={!health.blocklistReadable || health.blocklistMode === "observe"}
      >
        <p>{health.blocklistReadable ? words.readable : words.unreadable}</p>
        {health.blocklistMode === "observe" && <p>{words.observing}</p>}
        <Filter filter={health.blocklistFilter} />
        <p class="muted">
          {words.rate}: {setting(health.requestRate)}
        </p>
        <p class="muted">
          {words.perDay}: {setting(health.requestsPerDay)}
        </p>
      </Card>
      <Card title={words.version}>
        <p>friendgate {version.friendgate}</p>
        <p class="muted id">
          {words.deployment}: {version.deployment}
        </p>
      </Card>
      {(health.databasesAway?.length ?? 0) > 0 && (
        <Card title={words.databases} isBad>
          <p>
            {health.databasesAway?.join(", ")}: {words.away}
          </p>
        </Card>
      )}
    </div>
  );
}

type CardProps = { title: string; isBad?: boolean; children: ComponentChildren };

function Card({ title, isBad = false, children }: CardProps) {
  return (
    <section class={`card ${isBad ? "bad-card" : ""}`}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Nothing if no filter is configured. */
function Filter({ filter }: { filter: Health["blocklistFilter"] }) {
  const words = useConsole().texts.health;
  if (filter === "off") return null;
  const isUsed = filter.state === "ready";
  return (
    <p class={isUsed ? "muted" : ""}>
      {words.filter}: {words.filterStates[filter.state]}
      {!isUsed && `. ${words.filterUnused}`}
    </p>
  );
}

function Waiting({ backlog }: { backlog: Health["queue"] }) {
  const words = useConsole().texts.health;
  if (backlog === null) return <p>{words.unknown}</p>;
  return (
    <p>
      {words.waiting(backlog.depth)}
      {backlog.depth > 0 && `, ${words.oldest(backlog.oldestAgeSeconds)}`}
    </p>
  );
}
