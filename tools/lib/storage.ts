import { resolve } from "node:path";
import { type Command, Option } from "commander";

/** Where KV and D1 are: in the account, or where `npm start` and `wrangler dev` keep them. */
export type Storage = {
  remote?: boolean | undefined;
  /** The folder of the local storage, where it is not wrangler's usual one. */
  persistTo?: string | undefined;
};

/** The options that say which storage is meant. */
export function withStorage(command: Command, remoteMeans: string): Command {
  return command.option("--remote", remoteMeans).addOption(
    new Option(
      "--persist-to <folder>",
      "the folder of the local storage, as for wrangler",
    ).argParser(
      // wrangler runs in the project's folder, and the tool where it was called.
      (folder) => resolve(folder),
    ),
  );
}

/** The same for wrangler. It is always said, for wrangler has a default. */
export function storageFlags({ remote, persistTo }: Storage): string[] {
  return [
    remote ? "--remote" : "--local",
    ...(persistTo === undefined ? [] : ["--persist-to", persistTo]),
  ];
}
