import { useState } from "preact/hooks";
import { useConsole } from "../context.ts";
import { TextField } from "../parts/field.tsx";
import { hrefOf, type Route } from "../route.ts";
import { Blacklist } from "./blacklist.tsx";
import { Decisions } from "./decisions.tsx";
import { Explain } from "./explain.tsx";
import { Friends } from "./friends.tsx";
import { UserRules } from "./rules.tsx";

export function UserPage({ route: { parts } }: { route: Route }) {
  const { texts } = useConsole();
  const [userId = ""] = parts;
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>
          {texts.user.title} {userId !== "" && <bdi class="id">{userId}</bdi>}
        </h1>
        <Search key={userId} userId={userId} />
      </div>
      {userId === "" ? (
        <p class="muted">{texts.user.about}</p>
      ) : (
        <div class="columns" key={userId}>
          <UserRules userId={userId} />
          <Explain userId={userId} />
          <Decisions userId={userId} />
          <Friends userId={userId} />
          <Blacklist userId={userId} />
        </div>
      )}
    </>
  );
}

function Search({ userId }: { userId: string }) {
  const { texts } = useConsole();
  const [wanted, setWanted] = useState(userId);
  return (
    <search class="find">
      <form
        class="inline"
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted !== "") location.hash = hrefOf("user", [wanted]);
        }}
      >
        <TextField type="search" label={texts.user.search} value={wanted} onValue={setWanted} />
        <button type="submit">{texts.user.find}</button>
      </form>
    </search>
  );
}
