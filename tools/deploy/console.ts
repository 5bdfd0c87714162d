import type { Deployment } from "./deployment.ts";
import { callbackUrl } from "./examine.ts";

/** The callbacks that friendgate answers, under the titles of Tencent's own pages. */
export const SWITCHES = [
  ["Before a Friend Is Added", "Sns.CallbackPrevFriendAdd"],
  ["Before a Friend Request Is Responded", "Sns.CallbackPrevFriendResponse"],
  ["After a Friend Is Added", "Sns.CallbackFriendAdd"],
  ["After a Friend Is Deleted", "Sns.CallbackFriendDelete"],
  ["After a User Is Added to Blocklist", "Sns.CallbackBlackListAdd"],
  ["After a User Is Removed from Blocklist", "Sns.CallbackBlackListDelete"],
] as const;

/** What only the team can do: switches of Tencent's console. */
export function consoleText(deployment: Deployment): string {
  const { url, config } = deployment;
  const address = url === undefined ? "the Worker's address" : callbackUrl(deployment);
  return `
Left to do in the IM console, in the callback configuration of app ${config.vars.SDK_APP_ID}:
  - callback URL: ${address}
  - authentication: on, with the value of CALLBACK_TOKEN as its token
${SWITCHES.map(([title, command]) => `  - switch on: ${title} (${command})`).join("\n")}
  - if it is offered: send after-callbacks again when they time out`;
}

/** The secrets that were made here. Nothing can show them again. */
export function madeText({ made, secrets }: Deployment): string {
  const lines = made.map((name) => `  ${name}  ${secrets[name]}`);
  return `
Made for you, and shown only now. Keep them where secrets are kept:
${lines.join("\n")}
`;
}
