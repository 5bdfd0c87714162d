import { useConsole } from "../context.ts";
import { Later } from "../parts/later.tsx";
import { hrefOf, type Route } from "../route.ts";
import { RuleChanges } from "./changes.tsx";
import { Rules } from "./rules.tsx";

const TABS = ["rules", "changes", "import"] as const;

const files = () => import("./files.tsx").then(({ Files }) => Files);

export function BlocklistPage({ route: { parts, query } }: { route: Route }) {
  const { texts } = useConsole();
  const tab = TABS.find((each) => each === parts[0]) ?? "rules";
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>{texts.blocklist.title}</h1>
        <nav class="segments" aria-label={texts.blocklist.title}>
          {TABS.map((each) => (
            <a
              key={each}
              class="button plain small"
              href={hrefOf("blocklist", each === "rules" ? [] : [each])}
              {...(each === tab && { "aria-current": "page" })}
            >
              {texts.blocklist.tabs[each]}
            </a>
          ))}
        </nav>
      </div>
      {tab === "rules" && <Rules prefix={query.prefix ?? ""} />}
      {tab === "changes" && <RuleChanges ruleKey={query.key ?? ""} />}
      {tab === "import" && <Later load={files} props={{}} />}
    </>
  );
}
