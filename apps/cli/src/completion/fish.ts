import { placeOf } from './bash.ts';
import type { Flag, Node } from './tree.ts';
import { nodesOf } from './tree.ts';

/** The completion of fish: `precedent completion fish | source`. */
export const fishScript = (root: Node): string => {
  const nodes = nodesOf(root);
  return `# fish completion of precedent: precedent completion fish | source
function __precedent_at
  set -l at ''
  for word in (commandline -opc)[2..]
    # What follows is another program's command line.
    test "$word" = --; and return 1
    switch "$at $word"
      case ${nodes
        .slice(1)
        .map((node) => quoted(placeOf(node)))
        .join(' ')}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
${nodes.flatMap(linesOf).join('\n')}
`;
};

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const linesOf = (node: Node): readonly string[] => {
  const start = `complete -c precedent -n "__precedent_at '${placeOf(node)}'"`;
  return [
    ...node.commands.map(
      ({ words, description }) => `${start} -f -a ${words.at(-1) ?? ''} -d ${quoted(description)}`,
    ),
    ...node.values.map((value) => `${start} -f -a ${quoted(value)}`),
    ...node.flags.map((flag) => `${start} ${flagText(flag)} -d ${quoted(flag.description)}`),
  ];
};

const flagText = ({ long, short, takesValue, values, isPath }: Flag): string =>
  [
    `-l ${long.slice(2)}`,
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    ...(values.length > 0
      ? [`-x -a ${quoted(values.join(' '))}`]
      : takesValue
        ? [isPath ? '-r -F' : '-x']
        : []),
  ].join(' ');
