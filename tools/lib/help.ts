import type { Command } from "commander";

export type HelpTexts = {
  /** Paragraphs by their heading. Text that begins with spaces stays as it is. */
  sections?: Record<string, string>;
  /** What a command does, by the command. A command is never broken, so that it can be pasted. */
  examples?: Record<string, string>;
};

/** Commander's own width where there is no terminal. */
const PIPE_WIDTH = 80;

/** Adds texts after a command's options. They are wrapped to the terminal, as commander wraps its own. */
export function withHelp(command: Command, { sections = {}, examples = {} }: HelpTexts): Command {
  return command.addHelpText("after", ({ error }) => {
    const output = command.configureOutput();
    const width = (error ? output.getErrHelpWidth?.() : output.getOutHelpWidth?.()) ?? PIPE_WIDTH;
    const help = command.createHelp();
    const wrapped = (line: string) => (/^\s/.test(line) ? line : help.boxWrap(line, width - 2));
    const blocks = [
      ...Object.entries(sections).map(([heading, text]) => [
        `${heading}:`,
        ...text.split("\n").flatMap((line) => wrapped(line).split("\n")),
      ]),
      ...(Object.keys(examples).length === 0
        ? []
        : [
            [
              "Examples:",
              ...Object.entries(examples).flatMap(([line, what]) => [
                ...wrapped(what)
                  .split("\n")
                  .map((part) => `# ${part}`),
                line,
              ]),
            ],
          ]),
    ];
    return blocks.map(([heading, ...lines]) => `\n${[heading, ...lines].join("\n  ")}`).join("\n");
  });
}
