import type { Deployment } from "./deployment.ts";
import { callbackUrl } from "./examine.ts";

/** What nobody but the team can do: switches of Tencent's console. */
export function consoleText(deployment: Deployment): string {
  const { url, config } = deployment;
  const address = url === undefined ? "the Worker's address" : callbackUrl(deployment);
  return `
Left to do in the IM console, in the callback configuration of app ${config.vars.SDK_APP_ID}:
  - callback URL: ${address}
  - authentication: on, with the value of CALLBACK_TOKEN as its token
  - switch on: before responding to a friend request (Sns.CallbackPrevFriendResponse)
  - switch on: after a friend is added (Sns.CallbackFriendAdd)
  - switch on: after a friend is deleted (Sns.CallbackFriendDelete)
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
