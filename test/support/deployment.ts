import type { Databases } from "../../src/db/databases.ts";
import { databasesIn } from "./databases.ts";
import { envWith } from "./worker.ts";

/** A Worker whose slot map is deployed again while it runs: for a while isolates of both deploys are at work. */
export type Deployment = ReturnType<typeof deploymentOf>;

/** @param shards the map that it begins with */
export function deploymentOf(
  random: () => number,
  bindings: Record<string, unknown>,
  shards: string,
) {
  const envOf = (map: string) => envWith({ ...bindings, SHARDS: map });
  let map = shards;
  let atWork = [envOf(map)];
  return {
    deploy(newMap: string): void {
      map = newMap;
      atWork = [envOf(map), ...atWork];
    },
    /** From now on nothing of the deploys before is at work. */
    hasSpread(): void {
      atWork = atWork.slice(0, 1);
    },
    /** Of whichever isolate is asked. */
    anyEnv: () => atWork[Math.floor(random() * atWork.length)] as Env,
    databases: (): Databases => databasesIn(atWork[0] as Env),
    /** As they would be with another map. */
    databasesWith: (other: string): Databases => databasesIn(envOf(other)),
    shards: () => map,
  };
}
